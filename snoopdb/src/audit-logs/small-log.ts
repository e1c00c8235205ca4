import type { AuditEvent } from '../events/audit-event.ts';
import { saveHits } from '../hits/save-hits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { type Pool, withTransaction } from '../postgres/database.ts';
import { loadedTables } from '../rows/event-tables.ts';
import { writeEvents } from '../rows/write-events.ts';
import { type AuditJob, countBatch, countBeyondSample, describeFile, holdEndpoints, readOrigin } from './audit-job.ts';
import { nameEventTable, noteCounts, noteSmallFile } from './loaded-file.ts';

/**
 * Loads a small file in one transaction.
 * @returns its number; null when it is there already
 */
export async function loadSmall(pool: Pool, job: AuditJob, batches: readonly AuditEvent[][]): Promise<number | null> {
  const origin = readOrigin(job);
  const { signal, hits } = job.events;
  const load = (takeApart: boolean): Promise<number | null> => {
    Object.assign(job.counts, { read: 0, stored: 0, resolved: 0, putAside: 0 });
    return withTransaction(pool, async (client) => {
      // First, as a large load does: whoever waits for it holds nothing else.
      await holdEndpoints(client, job);
      const file = await noteSmallFile(client, describeFile(job));
      if (file === null) return null;
      const tables = loadedTables(origin, {
        table: nameEventTable(0),
        rejectedTable: 'public.rejected_event',
        part: 0,
        releaseDate: job.releaseDate,
        idBase: null,
        file,
      });
      for (const events of batches) countBatch(job, await writeEvents(client, events, tables, { takeApart, signal }));
      countBeyondSample(job);
      await saveHits(client, hits, origin, { schema: 'public', limit: job.hitLimit });
      await noteCounts(client, file, job.counts);
      signal.throwIfAborted();
      return file;
    });
  };
  try {
    return await load(false);
  } catch (error) {
    // The transaction is gone: begin again and find the events that are refused.
    if (isDataError(error)) return await load(true);
    throw error;
  }
}
