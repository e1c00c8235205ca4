import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasEmbeddedDatabase, holdsOwnData, purgeUnusedServer, waitAtMost } from '@snoop/snoopdb';
import { hasOwnIgnoreFile } from '../state-folder.ts';
import type { DatabaseInUse } from './with-database.ts';

const checkWithinMs = 5_000;

/** Removes a database that a command created and stored nothing in. */
export interface UnusedDatabase {
  /** Called before the database is released. */
  check(database: DatabaseInUse): Promise<void>;
  /** Called after that. @returns whether the database was removed */
  remove(): Promise<boolean>;
}

/** Notes whether the state folder has a database. A database that exists, or that another process uses, is not removed. */
export async function watchForUnused(stateFolder: string): Promise<UnusedDatabase> {
  const folder = join(stateFolder, 'snoopdb');
  const hasFolder = existsSync(stateFolder);
  const hasDatabase = await hasEmbeddedDatabase(folder);
  let isUnused = false;
  return {
    async check({ pool, startedHere }) {
      if (hasDatabase || !startedHere) return;
      const checked = holdsOwnData(pool).then(
        (holds) => {
          isUnused = !holds;
        },
        // The command's error says more.
        () => {},
      );
      await waitAtMost(checkWithinMs, checked);
    },
    async remove() {
      if (!isUnused || !(await purgeUnusedServer(folder))) return false;
      const names = await readdir(stateFolder);
      if (names.some((name) => name !== '.gitignore') || !hasOwnIgnoreFile(stateFolder)) return true;
      await rm(join(stateFolder, '.gitignore'));
      if (!hasFolder) await rmdir(stateFolder);
      return true;
    },
  };
}
