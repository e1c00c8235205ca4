import { type Pool, type RunRecord, saveRun, saveRunBodies } from '@snoop/snoopdb';
import { deleteBodies, readBodies } from '../journal/read-bodies.ts';
import { readJournal } from '../journal/read-journal.ts';

/**
 * Saves a run with its bodies from its journal. Safe to run twice.
 *
 * @param folder the run's journal
 */
export async function saveJournal(pool: Pool, folder: string): Promise<RunRecord> {
  const record = await readJournal(folder);
  await saveRun(pool, record);
  for await (const bodies of readBodies(folder)) await saveRunBodies(pool, record.id, bodies);
  await deleteBodies(folder);
  return record;
}
