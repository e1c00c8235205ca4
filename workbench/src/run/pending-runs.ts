import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { locateRun, writeRunHead } from '../journal/journal.ts';
import type { RunHead } from '../journal/journal-lines.ts';
import { readRunHead } from '../journal/read-journal.ts';
import { saveJournal } from './save-journal.ts';

/**
 * Imports journals that are not in SnoopDB yet because the database was away or the process was killed. Skips runs that
 * are still running and runs of another database.
 *
 * @param databaseKey identifies the database of `pool`, see OpenDatabase
 * @returns the ids of the runs that were imported
 */
export async function importPendingRuns(pool: Pool, stateFolder: string, databaseKey: string): Promise<string[]> {
  const imported: string[] = [];
  for (const id of await listJournals(stateFolder)) {
    const folder = locateRun(stateFolder, id);
    const head = await readHeadIfAny(folder);
    if (!head || head.saved || head.database !== databaseKey || isAlive(head.process)) continue;
    if (head.state === 'running') writeRunHead(folder, { ...head, state: 'interrupted' });
    await saveJournal(pool, folder);
    writeRunHead(folder, { ...(await readRunHead(folder)), saved: true });
    imported.push(id);
  }
  return imported;
}

async function listJournals(stateFolder: string): Promise<string[]> {
  const entries = await readdir(join(stateFolder, 'runs'), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** null: the process was killed before it wrote the head. */
async function readHeadIfAny(folder: string): Promise<RunHead | null> {
  try {
    return await readRunHead(folder);
  } catch (error) {
    if (error instanceof SnoopError && error.code === 'bad_journal') return null;
    throw error;
  }
}
