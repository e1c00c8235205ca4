import { access, constants, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSystemError, digestShippedData, createFolders, purgeUnusedServer } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';

/** Databases of other versions are removed after a week without use: two checkouts may be in use side by side. */
const unusedMs = 7 * 24 * 3_600_000;
const digestLength = 16;

/**
 * Prepares the folder of the database with the shipped data, for questions when there is no other. It is shared by
 * all state folders of a user; each version of schema and data has its own, and unused ones of other versions are
 * removed. The user may delete it at any time.
 *
 * @throws SnoopError `no_cache` when the folder cannot be written
 */
export async function prepareShippedFolder({ cacheFolder }: Environment): Promise<string> {
  const place = join(cacheFolder, 'shipped-data');
  const name = (await digestShippedData()).slice(0, digestLength);
  const folder = join(place, name);
  try {
    createFolders(folder, 0o755);
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new SnoopError('no_cache', `The database with the shipped data cannot be created in ${folder}.`, {
      cause,
      advice: [
        `${describeSystemError(cause) ?? String(cause)}.`,
        'Use a writable cache folder (XDG_CACHE_HOME) or another SnoopDB (--database-url, DATABASE_URL).',
      ],
    });
  }
  await removeUnused(place, name);
  return folder;
}

/** Best effort: what cannot be removed stays. */
async function removeUnused(place: string, own: string): Promise<void> {
  const names = await readdir(place).catch(() => []);
  for (const name of names.filter((one) => one !== own && /^[0-9a-f]+$/.test(one) && one.length === digestLength)) {
    const folder = join(place, name);
    // Each use creates a lock file in it.
    const lastUsed = await stat(folder).catch(() => null);
    if (!lastUsed?.isDirectory() || Date.now() - lastUsed.mtimeMs < unusedMs) continue;
    await purgeUnusedServer(folder).catch(() => {});
  }
}
