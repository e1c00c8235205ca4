import { saveHits } from '../hits/save-hits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { type Pool, withTransaction } from '../postgres/database.ts';
import { copy, copyWhatIsTaken } from '../rows/event-copy.ts';
import type { EventTable } from '../rows/event-row.ts';
import type { Rejected } from '../rows/rejected-events.ts';
import { type AuditJob, describeFile, holdEndpoints, originOf, putAside } from './audit-job.ts';
import type { EventBatch } from './event-batches.ts';
import { nameEventTable, noteCounts, noteSmallFile } from './loaded-file.ts';

/**
 * Loads a small file in one transaction.
 * @returns its number; null when it is there already
 */
export async function loadSmall(pool: Pool, job: AuditJob, batches: readonly EventBatch[]): Promise<number | null> {
  const table: EventTable = {
    kind: 'loaded',
    table: nameEventTable(0),
    part: 0,
    releaseDate: job.releaseDate,
    idBase: null,
  };
  const store = (takeApart: boolean): Promise<number | null> => {
    Object.assign(job.counts, { read: 0, stored: 0, resolved: 0, putAside: 0 });
    return withTransaction(pool, async (client) => {
      // First, as a large load does: whoever waits for it holds nothing else.
      await holdEndpoints(client, job);
      const file = await noteSmallFile(client, describeFile(job));
      if (file === null) return null;
      for (const batch of batches) {
        const put = (): Promise<Rejected[]> =>
          takeApart
            ? copyWhatIsTaken(client, batch.sound, originOf(job), table, { signal: job.events.signal })
            : copy(client, batch.sound, originOf(job), table, { signal: job.events.signal }).then(() => []);
        await putAside(client, 'public.rejected_event', file, batch, await put(), job);
      }
      await saveHits(client, job.events.hits, originOf(job), { schema: 'public', limit: job.hitLimit });
      await noteCounts(client, file, job.counts);
      job.events.signal.throwIfAborted();
      return file;
    });
  };
  try {
    return await store(false);
  } catch (error) {
    // The transaction is gone: begin again and find the events that are refused.
    if (isDataError(error)) return await store(true);
    throw error;
  }
}
