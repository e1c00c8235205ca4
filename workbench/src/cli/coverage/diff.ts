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
import {
  dataSetJson,
  describeDataSets,
  describeSingleTests,
  explainCounting,
  listByTest,
  listSided,
  part,
  shiftColumns,
  sidedColumns,
} from './data-sets.ts';

const flags = {
  all: switchFlag('--all', 'list all tests, and all endpoints with a single test'),
  partial: switchFlag('--partial', 'accept an audit run that is incomplete'),
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
    const before = await readDataSet(pool, a, {
      ...context,
      partial: values.partial,
      pipedTo: `snoop coverage diff - ${b}`,
    });
    const after = await readDataSet(pool, b, {
      ...context,
      partial: values.partial,
      pipedTo: `snoop coverage diff ${a} -`,
    });
    print(describeDifference(before, after, compareDataSets(before, after), values.all === true));
    return 0;
  });
}

const csvColumns = [
  { name: 'change' },
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'category' },
  { name: 'what' },
  { name: 'test' },
] as const satisfies Column[];

export function describeDifference(before: DataSet, after: DataSet, difference: Difference, all: boolean): Answer {
  const { lost, gained, newEndpoints, removedEndpoints, singleTest } = difference;
  const notes = explainCounting(before, after);
  const list = (mark: string) => (shift: CoverageShift) => {
    const tests = shift.by.map(({ test, inOther }) => (inOther ? test : `${test} (${mark})`));
    return listByTest({ ...shift, tests }, all);
  };
  const parts: AnswerPart[] = [
    { facts: [...describeDataSets(before, after), ...notes.map((note): [string, string] => ['Note', note])] },
    part(`Lost: ${count(lost.length, 'endpoint')}`, shiftColumns, lost.flatMap(list('removed'))),
    part(`Gained: ${count(gained.length, 'endpoint')}`, shiftColumns, gained.flatMap(list('new'))),
    part(`New: ${count(newEndpoints.length, 'endpoint')}`, sidedColumns, newEndpoints),
    part(`Removed: ${count(removedEndpoints.length, 'endpoint')}`, sidedColumns, removedEndpoints),
    describeSingleTests(singleTest, all),
  ];
  return {
    json: { before: dataSetJson(before), after: dataSetJson(after), notes, ...difference },
    csv: { columns: csvColumns, rows: listChanges(difference) },
    warnings: [...releaseWarnings(before), ...releaseWarnings(after), ...notes],
    parts,
  };
}

/** A row for each endpoint and test. */
function listChanges({ lost, gained, newEndpoints, removedEndpoints, singleTest }: Difference) {
  const shifts = (change: string, list: readonly CoverageShift[]) =>
    list.flatMap(({ by, ...shift }) =>
      (by.length === 0 ? [{ test: '' }] : by).map(({ test }) => ({ change, ...shift, test })),
    );
  return [
    ...shifts('lost', lost),
    ...shifts('gained', gained),
    ...listSided('new', newEndpoints),
    ...listSided('removed', removedEndpoints),
    ...singleTest.map((single) => ({ change: 'single test', ...single, what: 'tested' })),
  ];
}
