import { join } from 'node:path';
import {
  explainSystemError,
  exportLists,
  exportRelease,
  listLoadedReleases,
  createFolders,
  normalizeRelease,
} from '@snoop/snoopdb';
import type { ExportedList, ExportedRelease, Pool } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { releaseWarnings } from '../report/asked-release.ts';
import { exportFile } from './export-file.ts';
import type { ExportedFile } from './export-file.ts';

/**
 * Writes the coverage files that APISnoop's site reads: one for each release, and four lists.
 *
 * @param options.releases undefined: all with coverage
 * @throws SnoopError `no_folder`, `unwritable`
 */
export async function exportCoverage(
  pool: Pool,
  folder: string,
  { releases: wanted, force }: { readonly releases: readonly string[] | undefined; readonly force: boolean },
): Promise<ExportedFile[]> {
  // Run all queries before changing files.
  const releases = await readReleases(pool, wanted);
  const lists = await exportLists(pool);
  makeFolder(folder);
  const writeList = async (file: string, list: ExportedList<unknown>): Promise<ExportedFile> =>
    list.missing === null
      ? exportFile(join(folder, file), list.rows, { release: null, force })
      : { file, state: 'refused', note: list.missing };
  const files: ExportedFile[] = [];
  for (const release of releases) {
    const path = join(folder, `${release.document.release}.json`);
    files.push(addRemarks(await exportFile(path, release.document, { release, force }), release));
  }
  files.push(await writeList('conformance-progress.json', lists.progress));
  files.push(await writeList('conformance-coverage-per-release.json', lists.coveragePerRelease));
  files.push(await writeList('conformance-endpoints.json', lists.endpoints));
  files.push(await writeList('ineligible_endpoints.json', lists.ineligible));
  return files;
}

async function readReleases(pool: Pool, wanted: readonly string[] | undefined): Promise<ExportedRelease[]> {
  const loaded = await listLoadedReleases(pool);
  const covered = loaded.filter(({ coverageOrigin }) => coverageOrigin !== null).reverse();
  const named = wanted && [...new Set(wanted.map(normalizeRelease))];
  const releases: ExportedRelease[] = [];
  for (const one of named?.map((name) => loaded.find(({ release }) => release === name) ?? name) ?? covered) {
    releases.push(await exportRelease(pool, one));
  }
  return releases;
}

/** Adds what a reader of the file must know. */
function addRemarks(file: ExportedFile, { document }: ExportedRelease): ExportedFile {
  const remarks = releaseWarnings({ release: document.release, incomplete: document.incomplete ?? null });
  if (document['total conformance eligible endpoints'] === null) {
    remarks.push('its eligible totals are null: no list of ineligible endpoints is loaded');
  } else if (document['new conformance eligible endpoints'] === null) {
    remarks.push('its totals of new endpoints are null: the loaded history does not reach it');
  }
  return { ...file, note: [...(file.note === null ? [] : [file.note]), ...remarks].join('; ') || null };
}

function makeFolder(folder: string): void {
  try {
    createFolders(folder);
  } catch (error) {
    throw new SnoopError('no_folder', `The folder ${folder} cannot be created: ${explainSystemError(error)}.`, {
      cause: error,
      exitCode: 2,
      advice: ['Name a writable folder: snoop export out'],
    });
  }
}
