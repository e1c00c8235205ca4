import type { DataSet, IgnoredLoss, Loss, Regressions, RenamedTest, UnknownRegressions } from '@snoop/snoopdb';
import type { TestChange } from '@snoop/conformance';
import type { Answer, AnswerPart } from '../../output/answer.ts';
import { count } from '../../output/quantities.ts';
import type { Column, Table } from '../../output/table.ts';
import {
  dataSetJson,
  describeDataSets,
  describeSingleTests,
  explainCounting,
  listByTest,
  listSided,
  part,
  shiftColumns,
  shown,
  sidedColumns,
} from './data-sets.ts';

const goneColumns = [
  { name: 'test' },
  { name: 'endpoints', title: 'endpoints hit', align: 'right' },
  { name: 'lost', align: 'right' },
] as const satisfies Column[];
const renamedColumns = [
  { name: 'test', title: 'old and new name' },
  { name: 'sure' },
  { name: 'because' },
] as const satisfies Column[];
const failingColumns = [{ name: 'test' }, { name: 'failure' }] as const satisfies Column[];
const excusedColumns = [...shiftColumns.slice(0, 3), { name: 'reason' }] as const satisfies Column[];
const csvColumns = [
  { name: 'change' },
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'category' },
  { name: 'what' },
  { name: 'test' },
  { name: 'state' },
  { name: 'because' },
] as const satisfies Column[];

interface Choices {
  readonly all: boolean;
  readonly conformance: boolean;
  /** null: not known. */
  readonly newlyFailing?: readonly TestChange[] | null;
}

export function describeRegressions(
  before: DataSet,
  after: DataSet,
  answer: Regressions | UnknownRegressions,
  choices: Choices,
): Answer {
  const summary = summarize(answer, choices);
  const doubts = answer.verdict === 'cannot tell' ? answer.doubts : [];
  const notes = [...explainCounting(before, after), ...listNotes(answer, choices)];
  const facts: [string, string][] = [
    ...describeDataSets(before, after),
    ...notes.map((note): [string, string] => ['Note', note]),
    ['Answer', summary],
    ...doubts.map((doubt): [string, string] => ['Why', doubt]),
  ];
  const { exitCode, verdict, ...found } = answer;
  const sides = { before: dataSetJson(before), after: dataSetJson(after) };
  return {
    json: {
      ...{ verdict, exitCode, summary, ...sides, notes, ...found },
      ...(choices.newlyFailing && { newlyFailing: choices.newlyFailing }),
    },
    csv: { columns: csvColumns, rows: answer.verdict === 'cannot tell' ? [] : listRows(answer) },
    warnings: [summary, ...doubts, ...notes],
    parts: [
      { facts },
      ...describeFailing(choices.newlyFailing ?? []),
      ...(answer.verdict === 'cannot tell' ? [] : describeParts(answer, choices)),
    ],
  };
}

function describeFailing(tests: readonly TestChange[]): AnswerPart[] {
  if (tests.length === 0) return [];
  const rows = tests.map(({ name, failure }) => ({ test: name, failure: failure?.firstLine ?? '' }));
  return [part(`Newly failing: ${count(tests.length, 'test')}`, failingColumns, rows)];
}

function summarize(answer: Regressions | UnknownRegressions, { conformance }: Choices): string {
  if (answer.verdict === 'cannot tell') return 'Cannot tell whether something was lost.';
  const { lost, conformanceLost } = answer;
  const parts = [
    ...(lost.length > 0 ? [`${count(lost.length, 'endpoint')} lost all tests`] : []),
    ...(conformance && conformanceLost.length > 0
      ? [`${count(conformanceLost.length, 'endpoint')} lost all conformance tests`]
      : []),
  ];
  if (parts.length === 0) return 'Nothing was lost.';
  return `${parts.join(', ')}.${describeWorstTest(answer, conformance ? [...lost, ...conformanceLost] : lost)}`;
}

/** Names the gone test that hit most of the lost endpoints, if it hit several. */
function describeWorstTest({ goneTests }: Regressions, lost: readonly Loss[]): string {
  const counts = new Map(goneTests.map(({ test }) => [test, 0]));
  for (const { test } of lost.flatMap(({ by }) => by)) {
    const hit = counts.get(test);
    if (hit !== undefined) counts.set(test, hit + 1);
  }
  const [worst] = [...counts].sort(([, a], [, b]) => b - a);
  if (worst === undefined || worst[1] < 2) return '';
  return ` ${worst[1]} of them were hit by '${worst[0]}', which is gone.`;
}

function listNotes(answer: Regressions | UnknownRegressions, { conformance }: Choices): string[] {
  if (answer.verdict === 'cannot tell') return [];
  const { counting, conformanceLost, notCompared, expired, unmatched } = answer;
  const name = ({ endpoint, test, line }: IgnoredLoss): string => `Line ${line} of --ignore (${endpoint ?? test})`;
  return [
    ...(counting === null ? [] : [`Counting differently alone ${counting}.`]),
    ...(!conformance && conformanceLost.length > 0
      ? [`${count(conformanceLost.length, 'endpoint')} only lost all conformance tests; --conformance fails for this.`]
      : []),
    ...(notCompared > 0
      ? [`Too many tests are gone and new to find those with changed words (${count(notCompared, 'pair')}).`]
      : []),
    ...expired.map((entry) => `${name(entry)} expired after ${entry.until} and does not count.`),
    ...unmatched.map((entry) => `${name(entry)} matches nothing that was lost. Remove it.`),
  ];
}

function describeParts(answer: Regressions, { all, conformance }: Choices): AnswerPart[] {
  const { lost, conformanceLost, excused, goneTests, renamedTests, gained, removedEndpoints, singleTest } = answer;
  const list = (losses: readonly Loss[]) =>
    losses.flatMap((loss) => listByTest({ ...loss, tests: markTests(loss) }, all));
  const counted = conformance ? [...lost, ...conformanceLost] : lost;
  const losing = goneTests.filter((test) => test.lost.length > 0);
  const gone = all ? goneTests : losing.slice(0, shown);
  const hidden =
    gone.length < goneTests.length ? `, ${losing.length} of which hit lost endpoints; --all lists all` : '';
  const removed = all ? removedEndpoints : removedEndpoints.filter(({ tested }) => tested);
  const untested =
    removed.length < removedEndpoints.length ? `, ${removed.length} of which were tested; --all lists all` : '';
  const renamed = all ? renamedTests : renamedTests.slice(0, shown);
  const rest = renamed.length < renamedTests.length ? `, of which ${renamed.length} are listed; --all lists all` : '';
  const gainedRows = gained.flatMap((shift) => listByTest({ ...shift, tests: shift.by.map(({ test }) => test) }, all));
  return [
    part(`Lost: ${count(counted.length, 'endpoint')}`, shiftColumns, list(counted)),
    ...(conformance || conformanceLost.length === 0
      ? []
      : [
          part(
            `Lost only conformance tests: ${count(conformanceLost.length, 'endpoint')}`,
            shiftColumns,
            list(conformanceLost),
          ),
        ]),
    ...(excused.length === 0
      ? []
      : [
          part(
            `Ignored: ${count(excused.length, 'endpoint')}`,
            excusedColumns,
            excused.map(({ reasons, ...loss }) => ({ ...loss, reason: reasons.join('; ') })),
          ),
        ]),
    part(
      `Tests that are gone: ${goneTests.length.toLocaleString('en-US')}${hidden}`,
      goneColumns,
      gone.map((test) => ({ ...test, lost: test.lost.length })),
    ),
    part(
      `Tests with a new name: ${renamedTests.length.toLocaleString('en-US')}${rest}`,
      renamedColumns,
      renamed.flatMap(listNames),
    ),
    part(`Gained: ${count(gained.length, 'endpoint')}`, shiftColumns, gainedRows),
    part(`Removed from the API: ${count(removedEndpoints.length, 'endpoint')}${untested}`, sidedColumns, removed),
    describeSingleTests(singleTest, all),
  ];
}

function listNames({ from, to, sure, because }: RenamedTest) {
  return [
    { test: from, sure, because },
    { test: `→ ${to}`, sure: '', because: '' },
  ];
}

const stateTexts = { gone: 'gone', renamed: 'renamed', runs: 'runs, but no longer hits it' } as const;

function markTests({ by }: Loss): string[] {
  return by.map(({ test, state, ignored }) => `${test} (${stateTexts[state]}${ignored ? ', ignored' : ''})`);
}

/** A row for each lost endpoint and test, and for each of the other changes. */
function listRows(answer: Regressions): Table['rows'] {
  const empty = { endpoint: '', level: '', category: '', what: '', test: '', state: '', because: '' };
  const listLosses = (change: string, losses: readonly (Loss & { readonly reasons?: readonly string[] })[]) =>
    losses.flatMap(({ by, reasons = [], endpoint, level, category, what }) =>
      (by.length === 0 ? [{ test: '', state: '' }] : by).map(({ test, state }) => {
        return { change, endpoint, level, category, what, test, state, because: reasons.join('; ') };
      }),
    );
  return [
    ...listLosses('lost', answer.lost),
    ...listLosses('lost', answer.conformanceLost),
    ...listLosses('ignored', answer.excused),
    ...answer.goneTests.map(({ test }) => ({ ...empty, change: 'test gone', test, state: 'gone' })),
    ...answer.renamedTests.map(({ from, to, sure, because }) => {
      return { ...empty, change: 'test renamed', test: from, state: sure, because: `${to}: ${because}` };
    }),
    ...answer.gained.flatMap(({ by, ...shift }) =>
      (by.length === 0 ? [{ test: '' }] : by).map(({ test }) => ({ ...empty, change: 'gained', ...shift, test })),
    ),
    ...listSided('removed', answer.removedEndpoints).map((row) => ({ ...empty, ...row })),
    ...answer.singleTest.map((single) => ({ ...empty, change: 'single test', ...single, what: 'tested' })),
  ];
}
