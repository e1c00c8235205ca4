import type { AuditEvent } from '../events/audit-event.ts';
import { saveHits } from '../hits/save-hits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { type Pool, withTransaction } from '../postgres/database.ts';
import { createLoadedTables } from '../rows/event-tables.ts';
import { writeEvents } from '../rows/write-events.ts';
import { type AuditJob, countBatch, countUnsampled, describeFile, lockEndpoints, readOrigin } from './audit-job.ts';
import { eventTableName, markIncomplete, recordCounts, recordSmallFile } from './loaded-file.ts';

/**
 * Loads a small file in one transaction.
 * @returns its id; null if it exists already
 */
export async function loadSmall(pool: Pool, job: AuditJob, batches: readonly AuditEvent[][]): Promise<number | null> {
  const origin = readOrigin(job);
  const { signal, hits } = job.events;
  const load = (isolateRejected: boolean): Promise<number | null> => {
    Object.assign(job.counts, { read: 0, stored: 0, resolved: 0, rejected: 0 });
    return withTransaction(pool, async (client) => {
      // First, like a large load, since it must not wait while it holds another lock.
      await lockEndpoints(client, job);
      const file = await recordSmallFile(client, describeFile(job));
      if (file === null) return null;
      const tables = createLoadedTables(origin, {
        table: eventTableName(0),
        rejectedTable: 'public.rejected_event',
        part: 0,
        releaseDate: job.releaseDate,
        idBase: null,
        file,
      });
      for (const events of batches)
        countBatch(job, await writeEvents(client, events, tables, { isolateRejected, signal }));
      countUnsampled(job);
      await saveHits(client, hits, origin, { schema: 'public', limit: job.hitLimit });
      await recordCounts(client, file, job.counts);
      if (job.incomplete !== null) await markIncomplete(client, job.release, job.incomplete);
      signal.throwIfAborted();
      return file;
    });
  };
  try {
    return await load(false);
  } catch (error) {
    // The transaction was rolled back: repeat it and isolate the refused events.
    if (isDataError(error)) return await load(true);
    throw error;
  }
}
