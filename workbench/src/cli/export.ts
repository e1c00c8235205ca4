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
  force: switchFlag('--force', 'replace the file of a finished release anyway'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop export',
  title: "write the coverage files of APISnoop's web site",
  usage: ['snoop export <folder> [options]'],
  about: `
Writes <release>.json for each release with coverage, and for the baseline conformance-progress.json,
conformance-coverage-per-release.json, conformance-endpoints.json and ineligible_endpoints.json. Files with the same
data are left alone. The file of a finished release is not replaced by one with fewer sources. Without a list of
ineligible endpoints, the eligible totals of a release are null; lists that need it or the history are refused. The
field "incomplete" says why a release's data is incomplete.`,
  flags,
  words: '<folder>',
  environment: questionEnvironment,
  examples: `
snoop export ../apisnoop/resources/coverage
snoop export out --release 1.35 --release 1.36`,
  exitCodes: '0 written or unchanged · 1 a file was refused · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [folder = ''] = positionals;
  const asking = { user: 'snoop export', releases: values.release ?? 'baseline' } as const;
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
