import { resolve } from 'node:path';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import type { ExportedFile } from '../coverage-files/export-file.ts';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { defineCommand, listFlag, switchFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import { exportCoverage } from '../coverage-files/export-coverage.ts';

const flags = {
  release: listFlag('--release <RELEASE>', 'only the file of this release, besides the four lists'),
  force: switchFlag('--force', 'rewrite the file of a finished release all the same'),
  ...questionFlags,
};

/** `snoop export`. Answers 0: all files are as they should be; 1: one was refused. */
export const command = defineCommand({
  name: 'snoop export',
  title: 'write the coverage files that the web site of APISnoop reads',
  usage: ['snoop export <folder> [options]'],
  about: `
Writes <release>.json for each release whose coverage is loaded, and as of the baseline conformance-progress.json,
conformance-coverage-per-release.json, conformance-endpoints.json and ineligible_endpoints.json. A file with the same
data is left as it is. The file of a finished release is not rewritten with fewer sources than it has. What nobody knows
is not counted as zero: without a list of ineligible endpoints the file of a release has null for its eligible totals,
and the lists that need it, or the history, are refused. The file of an incomplete release says so in its field
"incomplete".`,
  flags,
  words: '<folder>',
  environment: questionEnvironment,
  examples: `
snoop export ../apisnoop/resources/coverage
snoop export out --release 1.35 --release 1.36`,
  exitCodes: '0 written, or the same already · 1 a file was refused · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [folder = ''] = positionals;
  const asking = { user: 'snoop export', about: values.release ?? 'baseline' } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const { release: releases, force } = values;
    const files = await exportCoverage(pool, resolve(context.cwd, folder), { releases, force });
    print(describeFiles(files));
    return files.some(({ state }) => state === 'refused') ? 1 : 0;
  });
}

const columns = [{ name: 'file' }, { name: 'state' }, { name: 'note', title: '' }] as const satisfies Column[];

function describeFiles(files: readonly ExportedFile[]): Answer {
  const table = { columns, rows: files.map((file) => ({ ...file, note: file.note ?? '' })) };
  return { json: { files }, csv: table, parts: [{ table }] };
}
