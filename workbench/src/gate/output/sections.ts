import { count } from '../../output/quantities.ts';
import type { Table } from '../../output/table.ts';
import type { Gap, GateAnswer, StaleEntry } from '../answer.ts';
import { capitalize, describeSource, listSourceNotes } from './describe.ts';
import { type Outline, outlineGaps, outlineTests } from './outline.ts';

/** A part of an answer for people. */
export interface Section {
  readonly heading: string;
  /** Below the heading. */
  readonly sentence?: string;
  readonly table?: Table;
  readonly items?: readonly string[];
  readonly outlines?: readonly Outline[];
  readonly terms?: readonly (readonly [term: string, text: string])[];
  /** A command to copy, below the others. */
  readonly command?: string | null;
}

/** Names of one kind that are listed; JSON has all. */
const maxNames = 20;

/** Lists the sections of an answer that are not empty, the most urgent first: doubts, what fails, what does not. */
export function listSections(answer: GateAnswer): Section[] {
  const { doubts, gaps, debt, due, pending, stale, unprovenTests, notes } = answer;
  const missing = gaps.filter(({ state }) => state === 'missing');
  const unproven = gaps.filter(({ state }) => state === 'not yet proven');
  return [
    { heading: 'Why it cannot tell', items: doubts },
    {
      heading: `Missing: ${count(missing.length, 'endpoint')}`,
      sentence: 'The run of this commit does not hit them.',
      outlines: outlineGaps(missing),
    },
    {
      heading: `Not yet proven: ${count(unproven.length, 'endpoint')}`,
      sentence: 'No run of this commit shows a hit of them.',
      outlines: outlineGaps(unproven),
    },
    {
      heading: `Tests that no run has shown: ${count(unprovenTests.length, 'test')}`,
      sentence: 'Run them against a cluster of this commit, and judge again with --hits proof --partial.',
      outlines: outlineTests(unprovenTests),
      command: answer.prove,
    },
    {
      heading: `Debt: ${count(debt?.length ?? 0, 'older endpoint')}`,
      outlines: outlineGaps(debt ?? [], [
        ({ age }) => (age === null ? null : `${count(age, 'release')} old`),
        writeState,
      ]),
    },
    {
      heading: `Due later: ${count(due.length, 'endpoint')}`,
      sentence: 'They are within --grace and do not fail.',
      outlines: outlineGaps(due, [(gap) => `due by ${gap.due}`, writeState]),
    },
    {
      heading: `Pending: ${count(pending.length, 'endpoint')}`,
      sentence: 'They are on the list of pending endpoints and do not fail.',
      outlines: outlineGaps(pending, [
        (gap) => (gap.since === null ? null : `listed since ${gap.since}`),
        (gap) => (gap.pendingFor === null ? null : `for ${count(gap.pendingFor, 'release')}`),
        writeState,
      ]),
    },
    {
      heading: `Entries to remove: ${stale.length}`,
      sentence: answer.staleFails ? 'They fail because of --strict-lists.' : 'They do not fail without --strict-lists.',
      table: tabulateStale(stale),
    },
    {
      heading: 'Renamed: same method and path, so not new',
      items: shortenList(answer.renamed.map(({ from, to }) => `${from} is now ${to}`)),
    },
    { heading: 'Added again: an older release had them', items: shortenList(answer.readded) },
    { heading: 'Removed since the previous document', items: shortenList(answer.removed) },
    { heading: 'Hit, but not in the document', items: shortenList(answer.unknownHits) },
    { heading: 'Notes', items: [...notes, ...listSourceNotes(answer)] },
  ].filter(({ table, items = [], outlines = [] }) => [...(table?.rows ?? []), ...items, ...outlines].length > 0);
}

/** Every source with what it says about itself, for the head of an answer. */
export function createSourceSection({ sources }: GateAnswer): Section {
  return { heading: 'Sources', terms: sources.map((source) => [source.role, describeSource(source, true)]) };
}

/** For lists that have endpoints of both states. */
const writeState = ({ state }: Gap): string => state;

function tabulateStale(stale: readonly StaleEntry[]): Table {
  return {
    columns: [{ name: 'endpoint' }, { name: 'list' }, { name: 'line', align: 'right' }, { name: 'why' }],
    rows: stale.map(({ endpoint, list, line, why }) => ({ endpoint, list, line, why })),
  };
}

function shortenList(names: readonly string[]): readonly string[] {
  if (names.length <= maxNames) return names;
  return [...names.slice(0, maxNames), `and ${names.length - maxNames} more; --output json lists all`];
}

/** The heading of a section without its count, for a sentence about it. */
export function nameSection({ heading }: Section): string {
  return capitalize(heading.split(':')[0] ?? heading);
}
