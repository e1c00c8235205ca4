import { formatJunit, type JunitCase, type JunitSuite } from '../../output/junit.ts';
import type { Gap, GateAnswer } from '../answer.ts';
import {
  describeCounts,
  describeGap,
  describeReleases,
  describeSource,
  describeStale,
  listSourceNotes,
} from './describe.ts';

/**
 * Prints an answer as JUnit XML. A case for each new endpoint, with its state as the failure's type; for each older
 * endpoint, entry of a list and test that an answer names; for each source. Each doubt is an error. The first suite has
 * the facts of the whole answer as properties.
 */
export function printJunit(answer: GateAnswer): string {
  const suites = [
    { name: 'sources', properties: listProperties(answer), cases: listSourceCases(answer) },
    { name: 'new endpoints', properties: [], cases: listEndpointCases(answer) },
    { name: 'debt', properties: [], cases: (answer.debt ?? []).map(createFailure) },
    { name: 'unproven tests', properties: [], cases: listTestCases(answer) },
    { name: 'lists', properties: [], cases: listStaleCases(answer) },
  ] satisfies JunitSuite[];
  return formatJunit(
    { name: 'snoop gate', ms: null, startedAt: null },
    suites.filter(({ cases }) => cases.length > 0),
  );
}

function listProperties(answer: GateAnswer): [name: string, value: string][] {
  const { verdict, exitCode, summary, sources, notes, prove, renamed, readded, removed, unknownHits } = answer;
  const lists = {
    renamed: renamed.map(({ from, to }) => `${from} is now ${to}`),
    'added again': readded,
    removed,
    'hit, but not in the document': unknownHits,
  };
  return [
    ['verdict', verdict],
    ['exit code', String(exitCode)],
    ['summary', summary],
    ['release', describeReleases(answer)],
    ['endpoints', describeCounts(answer)],
    ...sources.map((source): [string, string] => [`source: ${source.role}`, describeSource(source, false)]),
    ...(prove === null ? [] : ([['prove', prove]] satisfies [string, string][])),
    ...Object.entries(lists).flatMap(([name, list]): [string, string][] =>
      list.length === 0 ? [] : [[name, list.join(', ')]],
    ),
    ...[...notes, ...listSourceNotes(answer)].map((note): [string, string] => ['note', note]),
  ];
}

/** A source passes if nothing about it is in doubt. */
function listSourceCases({ sources, doubts }: GateAnswer): JunitCase[] {
  return [
    ...doubts.map((doubt, number) => createCase(`doubt ${number + 1}`, 'error', 'cannot tell', doubt)),
    ...sources.map((source) => {
      const name = `${source.role}: ${source.name}`;
      const [problem] = source.problems;
      return problem === undefined ? createPassed(name) : createCase(name, 'error', 'cannot tell', problem);
    }),
  ];
}

function listEndpointCases({ proven, gaps, due, pending }: GateAnswer): JunitCase[] {
  return [
    ...gaps.map(createFailure),
    ...due.map((gap) => createSkipped(gap, `due by ${gap.due}`)),
    ...pending.map((gap) => createSkipped(gap, `pending since ${gap.since ?? 'an unknown release'}`)),
    ...proven.map(({ endpoint, test }) => createPassed(endpoint, test === null ? '' : `Hit by ${test}`)),
  ];
}

function listTestCases({ unprovenTests, prove }: GateAnswer): JunitCase[] {
  const message = `Not yet proven: no run has shown this test.${prove === null ? '' : ` Run: ${prove}`}`;
  return unprovenTests.map(({ codename }) => createCase(codename, 'skipped', 'not yet proven', message));
}

function listStaleCases({ stale, staleFails }: GateAnswer): JunitCase[] {
  return stale.map((entry) =>
    createCase(
      `${entry.list}: ${entry.endpoint}`,
      staleFails ? 'failure' : 'skipped',
      'stale entry',
      `${describeStale(entry)}${entry.line === null ? '' : ` Line ${entry.line}.`}`,
    ),
  );
}

function createFailure(gap: Gap): JunitCase {
  return createCase(gap.endpoint, 'failure', gap.state, describeGap(gap));
}

function createSkipped(gap: Gap, why: string): JunitCase {
  return createCase(gap.endpoint, 'skipped', gap.state, `${why}. ${describeGap(gap)}`);
}

function createCase(name: string, kind: 'failure' | 'error' | 'skipped', type: string, message: string): JunitCase {
  return { name, ms: null, result: { kind, type, message }, output: '' };
}

function createPassed(name: string, output = ''): JunitCase {
  return { name, ms: null, result: null, output };
}
