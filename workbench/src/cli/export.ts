import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExportedList, ExportedRelease, Pool } from '@snoop/snoopdb';
import { parseFlags } from '../command-line/flags.ts';
import { askDatabase, questionHelp, questionOptions, releaseWarnings } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import type { ExportedFile } from '../coverage-files/export-file.ts';
import { SnoopError } from '../errors.ts';
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
    throw new SnoopError('wrong_use', `snoop export takes one folder, not ${positionals.length}.`, {
      exitCode: 2,
      advice: ['For example: snoop export out'],
    });
  }
  const asking = { user: 'snoop export', needsBaseline: values.release === undefined };
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const { exportLists } = await import('@snoop/snoopdb');
    const { exportFile } = await import('../coverage-files/export-file.ts');
    // Everything is asked before the first file is touched.
    const releases = await readReleases(pool, values.release);
    const lists = await exportLists(pool);
    const target = await makeTarget(resolve(context.cwd, folder));
    const force = values.force === true;
    const writeList = async (file: string, list: ExportedList<unknown>): Promise<ExportedFile> =>
      list.missing === null
        ? exportFile(join(target, file), list.rows, { release: null, force })
        : { file, state: 'refused', note: list.missing };
    const files: ExportedFile[] = [];
    for (const release of releases) {
      const path = join(target, `${release.document.release}.json`);
      files.push(addRemarks(await exportFile(path, release.document, { release, force }), release));
    }
    files.push(await writeList('conformance-progress.json', lists.progress));
    files.push(await writeList('conformance-coverage-per-release.json', lists.coveragePerRelease));
    files.push(await writeList('conformance-endpoints.json', lists.endpoints));
    files.push(await writeList('ineligible_endpoints.json', lists.ineligible));
    print(describeFiles(files));
    return files.some(({ state }) => state === 'refused') ? 1 : 0;
  });
}

async function readReleases(pool: Pool, wanted: readonly string[] | undefined): Promise<ExportedRelease[]> {
  const { exportRelease, listLoadedReleases, normalizeRelease } = await import('@snoop/snoopdb');
  const loaded = await listLoadedReleases(pool);
  const covered = loaded.filter(({ coverageOrigin }) => coverageOrigin !== null).map(({ release }) => release);
  const releases: ExportedRelease[] = [];
  for (const release of new Set(wanted?.map(normalizeRelease) ?? covered.reverse())) {
    releases.push(await exportRelease(pool, release));
  }
  return releases;
}

/** Says of the file of a release what its reader must know. */
function addRemarks(file: ExportedFile, { document }: ExportedRelease): ExportedFile {
  const remarks = releaseWarnings({ release: document.release, incomplete: document.incomplete ?? null });
  if (document['total conformance eligible endpoints'] === null) {
    remarks.push('its eligible totals are null: no list of ineligible endpoints is loaded');
  } else if (document['new conformance eligible endpoints'] === null) {
    remarks.push('its totals of new endpoints are null: no history is loaded that reaches it');
  }
  return { ...file, note: [...(file.note === null ? [] : [file.note]), ...remarks].join('; ') || null };
}

async function makeTarget(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw new SnoopError('no_folder', `${folder} cannot be written into.`, {
      cause: error,
      exitCode: 2,
      advice: [error instanceof Error ? error.message : String(error)],
    });
  }
}

const columns = [{ name: 'file' }, { name: 'state' }, { name: 'note', title: '' }] as const satisfies Column[];

function describeFiles(files: readonly ExportedFile[]): Answer {
  const table = { columns, rows: files.map((file) => ({ ...file, note: file.note ?? '' })) };
  return { json: { files }, csv: table, parts: [{ table }] };
}
