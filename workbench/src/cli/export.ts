import { resolve } from 'node:path';
import { parseFlags } from '../command-line/flags.ts';
import { askDatabase, questionHelp, questionOptions } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import type { ExportedFile } from '../coverage-files/export-file.ts';
import { wrongUse } from '../errors.ts';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';

export const help = `snoop export: write the coverage files that the web site of APISnoop reads

Usage: snoop export <folder> [options]

Writes <release>.json for each release whose coverage is loaded, and as of the baseline conformance-progress.json,
conformance-coverage-per-release.json, conformance-endpoints.json and ineligible_endpoints.json. A file with the same
data is left as it is. The file of a finished release is not rewritten with fewer sources than it has. What nobody knows is
not counted as zero: without a list of ineligible endpoints the file of a release has null for its eligible totals, and the
lists that need it, or the history, are refused. The file of an incomplete release says so in its field "incomplete".

Options:
  --release RELEASE       only the file of this release, besides the four lists; may be given several times
  --force                 rewrite the file of a finished release all the same
${questionHelp}

Examples:
  snoop export ../apisnoop/resources/coverage
  snoop export out --release 1.35 --release 1.36

Exit codes: 0 written, or the same already · 1 a file was refused · 2 wrong use · 3 could not do it
`;

/** @returns 0: all files are as they should be; 1: one was refused */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values, positionals } = parseFlags(
    'export',
    args,
    { release: { type: 'string', multiple: true }, force: { type: 'boolean' }, ...questionOptions },
    true,
  );
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw wrongUse(`snoop export takes one folder, not ${positionals.length}.`, 'For example: snoop export out');
  }
  const asking = { user: 'snoop export', about: values.release ?? 'baseline' } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const { exportCoverage } = await import('../coverage-files/export-coverage.ts');
    const { release: releases, force = false } = values;
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
