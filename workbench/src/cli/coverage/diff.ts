import type { CoverageShift, DataSet, Difference } from '@snoop/snoopdb';
import { askDatabase } from '../../command-line/question.ts';
import type { Context } from '../../context.ts';
import type { Answer, AnswerPart } from '../../output/answer.ts';
import type { Column } from '../../output/table.ts';
import { releaseWarnings } from '../../report/asked-release.ts';
import { count } from '../../output/quantities.ts';
import { defineCommand, switchFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../../command-line/flags.ts';
import { extractRelease, readDataSet } from '../../coverage-files/data-set.ts';
import { compareDataSets } from '@snoop/snoopdb';

const flags = {
  all: switchFlag('--all', 'list all tests, and all endpoints with a single test'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop coverage diff',
  title: 'what B gained and lost compared with A, and by which test',
  usage: ['snoop coverage diff <A> <B> [options]'],
  about: `
A and B are each a release (1.35), one source of a release (1.36@https://…), or a coverage file or its URL
(./1.36.0.json, also .gz). Published coverage counts failed requests (403, 404, 409 …) as hits, 'snoop load audit' only
successful ones (2xx, 101). A note says so if A and B differ in this.`,
  flags,
  words: '<A> <B>',
  environment: questionEnvironment,
  examples: `
snoop coverage diff 1.35 1.36
snoop coverage diff 1.36 ./my-run.json --output json`,
  exitCodes: '0 answered · 2 wrong use · 3 a release is not loaded or has no coverage, or SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [a = '', b = ''] = positionals;
  const asking = { user: 'snoop coverage diff', releases: [a, b].flatMap((name) => extractRelease(name) ?? []) };
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const before = await readDataSet(pool, a, { ...context, pipedTo: `snoop coverage diff - ${b}` });
    const after = await readDataSet(pool, b, { ...context, pipedTo: `snoop coverage diff ${a} -` });
    print(describeDifference(before, after, compareDataSets(before, after), values.all === true));
    return 0;
  });
}

const shiftColumns = [
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'what' },
  { name: 'by', title: 'test' },
] as const satisfies Column[];
const sidedColumns = [
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'tested' },
  { name: 'confTested', title: 'conformance' },
] as const satisfies Column[];
const singleColumns = [{ name: 'endpoint' }, { name: 'level' }, { name: 'test' }] as const satisfies Column[];
const csvColumns = [
  { name: 'change' },
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'category' },
  { name: 'what' },
  { name: 'test' },
] as const satisfies Column[];

/** Limits without --all: of endpoints with a single test, of tests that explain a change. */
const shown = 10;
const shownTests = 3;

export function describeDifference(before: DataSet, after: DataSet, difference: Difference, all: boolean): Answer {
  const { lost, gained, newEndpoints, removedEndpoints, singleTest } = difference;
  const limit = all ? Number.POSITIVE_INFINITY : shownTests;
  const single = all ? singleTest : singleTest.slice(0, shown);
  const notes = explainCounting(before, after);
  const facts = [...describeDataSet('Before', before), ...describeDataSet('After', after)];
  const parts: AnswerPart[] = [
    { facts: [...facts, ...notes.map((note): [string, string] => ['Note', note])] },
    part(`Lost: ${count(lost.length, 'endpoint')}`, shiftColumns, lost.flatMap(listBy('removed', limit))),
    part(`Gained: ${count(gained.length, 'endpoint')}`, shiftColumns, gained.flatMap(listBy('new', limit))),
    part(`New: ${count(newEndpoints.length, 'endpoint')}`, sidedColumns, newEndpoints),
    part(`Removed: ${count(removedEndpoints.length, 'endpoint')}`, sidedColumns, removedEndpoints),
    part(
      `With a single test: ${count(singleTest.length, 'endpoint')}${single.length < singleTest.length ? `, of which ${single.length} are listed; --all lists all` : ''}`,
      singleColumns,
      single,
    ),
  ];
  return {
    json: { before: dataSetJson(before), after: dataSetJson(after), notes, ...difference },
    csv: { columns: csvColumns, rows: listChanges(difference) },
    warnings: [...releaseWarnings(before), ...releaseWarnings(after), ...notes],
    parts,
  };
}

/** Explains differences that come from counting differently. */
function explainCounting(before: DataSet, after: DataSet): string[] {
  if (before.countsFailures === after.countsFailures) return [];
  const [published, counted] = before.countsFailures ? [before, after] : [after, before];
  return [
    `${published.name} is published coverage, which counts failed requests (403, 404, 409 …) as hits; ${counted.name} was ` +
      'counted from audit events, only successful requests (2xx, 101). This alone can make an endpoint lost or gained.',
  ];
}

function part(heading: string, columns: readonly Column[], rows: readonly object[]): AnswerPart {
  return { heading, table: { columns, rows: rows.map((row) => ({ ...row })) } };
}

function describeDataSet(which: string, { name, release, origin, incomplete, endpoints }: DataSet): [string, string][] {
  const tested = [...endpoints.values()].filter((endpoint) => endpoint.tested).length;
  const what = name === release ? release : `${name} (${release})`;
  const facts: [string, string][] = [
    [which, `${what}: ${tested} of ${count(endpoints.size, 'endpoint')} tested; ${origin}`],
  ];
  for (const warning of releaseWarnings({ release, incomplete })) facts.push(['Note', warning]);
  return facts;
}

/** A row for each test that explains a change; the first names the endpoint. */
function listBy(mark: string, limit: number) {
  return ({
    endpoint,
    level,
    what,
    by,
  }: CoverageShift): { endpoint: string; level: string; what: string; by: string }[] => {
    const tests = by.map(({ test, inOther }) => (inOther ? test : `${test} (${mark})`));
    const [first = 'a test without a name', ...others] = tests.slice(0, limit);
    if (tests.length > limit) others.push(`and ${tests.length - limit} more; --all lists all`);
    return [
      { endpoint, level, what, by: first },
      ...others.map((test) => ({ endpoint: '', level: '', what: '', by: test })),
    ];
  };
}

/** A row for each endpoint and test. */
function listChanges({ lost, gained, newEndpoints, removedEndpoints, singleTest }: Difference) {
  const shifts = (change: string, list: readonly CoverageShift[]) =>
    list.flatMap(({ by, ...shift }) =>
      (by.length === 0 ? [{ test: '' }] : by).map(({ test }) => ({ change, ...shift, test })),
    );
  const sided = (change: string, list: Difference['newEndpoints']) =>
    list.map(({ endpoint, level, category, tested, confTested }) => {
      const what = confTested ? 'conformance tested' : tested ? 'tested' : 'untested';
      return { change, endpoint, level, category, what, test: '' };
    });
  return [
    ...shifts('lost', lost),
    ...shifts('gained', gained),
    ...sided('new', newEndpoints),
    ...sided('removed', removedEndpoints),
    ...singleTest.map((single) => ({ change: 'single test', ...single, what: 'tested' })),
  ];
}

function dataSetJson({ endpoints, ...rest }: DataSet): object {
  const covered = [...endpoints.values()];
  return {
    ...rest,
    endpoints: covered.length,
    tested: covered.filter(({ tested }) => tested).length,
    confTested: covered.filter(({ confTested }) => confTested).length,
  };
}
