import { type ListedRun, listRuns } from '@snoop/snoopdb';
import { defineCommand, didYouMean, findNearest, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import { parseCount } from '../command-line/flag-values.ts';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { describeFiles, describeResult } from '../report/listed-run.ts';
import { command as diff } from './runs/diff.ts';
import { command as exportCommand } from './runs/export.ts';
import { command as importCommand } from './runs/import.ts';
import { command as rm } from './runs/rm.ts';

const flags = {
  limit: valueFlag('--limit <NUMBER>', 'how many', parseCount).defaultsToWhat('20'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop runs',
  title: 'list runs, newest first; compare, export, import and remove them',
  usage: ['snoop runs [options]', 'snoop runs <command> [options]'],
  about: `
A run is named by its id, a unique prefix of it, or as last, last~1 (the one before) and so on. 'snoop report <run>'
prints its report.`,
  flags,
  words: '[command]',
  commands: [diff, exportCommand, importCommand, rm],
  environment: questionEnvironment,
  examples: `
snoop runs
snoop runs diff last~1 last
snoop runs export last > run.json
snoop runs import run.json
snoop runs rm 20261121-0305`,
  exitCodes: '0 answered · 2 wrong use · 3 SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: [unknown] }: Given<typeof flags>, context: Context): Promise<number> {
  if (unknown !== undefined) {
    const names = ['diff', 'export', 'import', 'rm'];
    const advice = didYouMean(findNearest(unknown, names, 1).map((name) => `snoop runs ${name}`));
    throw wrongUse(
      `snoop runs takes no '${unknown}'.`,
      advice || `To print the report of a run: snoop report ${unknown}`,
      "See 'snoop runs --help'.",
    );
  }
  return askDatabase(context, values, { user: 'snoop runs', releases: [] }, async ({ pool, print }) => {
    const { limit = 20 } = values;
    const runs = await listRuns(pool, limit + 1);
    print(describeRuns(runs.slice(0, limit)));
    if (runs.length === 0) context.progress.print("There is no run yet. 'snoop test' makes one.");
    if (runs.length > limit) context.progress.print(`There are older runs: --limit ${2 * limit} shows more.`);
    return 0;
  });
}

const columns = [
  { name: 'id' },
  { name: 'when' },
  { name: 'what' },
  { name: 'author' },
  { name: 'result' },
  { name: 'tests', align: 'right' },
  { name: 'requests', align: 'right' },
  { name: 'newlyHit', title: 'newly hit', align: 'right' },
] as const satisfies Column[];

export function describeRuns(runs: readonly ListedRun[]): Answer {
  const rows = runs.map((run) => ({
    id: run.id,
    when: run.startedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    what: describeFiles(run.files) ?? '-',
    author: run.author ?? '-',
    result: describeResult(run),
    tests: run.tests,
    requests: run.requests,
    newlyHit: run.newlyHit,
  }));
  const table = { columns, rows };
  return { json: { runs }, csv: table, parts: rows.length === 0 ? [] : [{ table }] };
}
