import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSystemError, digestShippedData, makeFolders } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';

/**
 * The folder of the database that answers questions about shipped data where there is no other. It is made once and
 * shared by all folders of a user; each version of the schema and of the data has its own. It may be deleted at any
 * time.
 *
 * @throws SnoopError `no_cache` when nothing can be written there
 */
export async function placeShippedData({ cacheFolder }: Environment): Promise<string> {
  const folder = join(cacheFolder, 'shipped-data', (await digestShippedData()).slice(0, 16));
  try {
    makeFolders(folder, 0o755);
    await access(folder, constants.W_OK);
    return folder;
  } catch (cause) {
    throw new SnoopError('no_cache', `No database can be made in ${folder} to answer from.`, {
      cause,
      advice: [
        `${describeSystemError(cause) ?? String(cause)}.`,
        'Name a cache folder that can be written (XDG_CACHE_HOME), or a SnoopDB (--database-url, DATABASE_URL).',
      ],
    });
  }
}
