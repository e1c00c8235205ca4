import { access, constants, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSystemError, digestShippedData, makeFolders, purgeUnusedServer } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';

/** What another version of this program left is removed after that: two checkouts may be in use side by side. */
const unusedMs = 7 * 24 * 3_600_000;
const digestLength = 16;

/**
 * The folder of the database that answers questions about shipped data where there is no other. It is made once and
 * shared by all folders of a user; each version of the schema and of the data has its own, and those of other
 * versions are removed when nobody has used them for a week. It may be deleted at any time.
 *
 * @throws SnoopError `no_cache` when nothing can be written there
 */
export async function prepareShippedFolder({ cacheFolder }: Environment): Promise<string> {
  const place = join(cacheFolder, 'shipped-data');
  const name = (await digestShippedData()).slice(0, digestLength);
  const folder = join(place, name);
  try {
    makeFolders(folder, 0o755);
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new SnoopError('no_cache', `No database can be made in ${folder} to answer from.`, {
      cause,
      advice: [
        `${describeSystemError(cause) ?? String(cause)}.`,
        'Name a cache folder that can be written (XDG_CACHE_HOME), or a SnoopDB (--database-url, DATABASE_URL).',
      ],
    });
  }
  await removeUnused(place, name);
  return folder;
}

/** The answer does not depend on it: what cannot be removed stays. */
async function removeUnused(place: string, own: string): Promise<void> {
  const names = await readdir(place).catch(() => []);
  for (const name of names.filter((one) => one !== own && /^[0-9a-f]+$/.test(one) && one.length === digestLength)) {
    const folder = join(place, name);
    // Each use takes a lock, which is a file in it.
    const lastUsed = await stat(folder).catch(() => null);
    if (!lastUsed?.isDirectory() || Date.now() - lastUsed.mtimeMs < unusedMs) continue;
    await purgeUnusedServer(folder).catch(() => {});
  }
}
