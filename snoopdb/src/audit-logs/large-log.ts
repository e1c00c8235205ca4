import type { AuditEvent } from '../events/audit-event.ts';
import { saveHits } from '../hits/save-hits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { type Pool, type PoolClient, transact, withClient } from '../postgres/database.ts';
import { type EventTables, createLoadedTables } from '../rows/event-tables.ts';
import { writeEvents, type WrittenEvents } from '../rows/write-events.ts';
import { type AuditJob, countBatch, countUnsampled, describeFile, lockEndpoints, readOrigin } from './audit-job.ts';
import type { BatchReader } from './event-batches.ts';
import {
  startLargeFile,
  dropLargeFile,
  finishLargeFile,
  markIncomplete,
  eventTableName,
  rejectedTableName,
  unlockFile,
} from './loaded-file.ts';

/** The index of public.loaded_file that lets content be loaded once for a release. */
const uniqueContent = 'loaded_file_once';

/**
 * Loads a large file into a table of its own, over two connections, and attaches the complete table.
 * @returns its id; null if another process loaded it meanwhile
 */
export function loadLarge(pool: Pool, job: AuditJob, head: AuditEvent[][]): Promise<number | null> {
  return withClient(pool, async (client) => {
    const file = await startLargeFile(client, job);
    const tables = createLoadedTables(readOrigin(job), {
      table: eventTableName(file),
      rejectedTable: rejectedTableName(file),
      part: file,
      releaseDate: job.releaseDate,
      idBase: file * 1e10,
      file,
    });
    const queue = createQueue(head, job.events);
    const fill = (connection: PoolClient): Promise<void> => fillTables(connection, job, tables, queue);
    try {
      await waitForAll(job, [fill(client), fillWithSecondConnection(pool, job, fill)]);
      countUnsampled(job);
      return await transact(client, () => finish(client, job, file));
    } catch (error) {
      await dropLargeFile(pool, file).catch(() => {
        // No connection; the next load removes it.
      });
      if (error instanceof Error && 'constraint' in error && error.constraint === uniqueContent) return null;
      throw error;
    } finally {
      await unlockFile(client, file);
    }
  });
}

/** Fills over a second connection, if the pool has one. */
async function fillWithSecondConnection(
  pool: Pool,
  job: AuditJob,
  fill: (client: PoolClient) => Promise<void>,
): Promise<void> {
  if (pool.options.max < 2) return;
  let isConnected = false;
  try {
    await withClient(pool, (client) => {
      isConnected = true;
      return fill(client);
    });
  } catch (error) {
    if (isConnected || job.events.signal.aborted) throw error;
  }
}

async function finish(client: PoolClient, job: AuditJob, file: number): Promise<number> {
  await lockEndpoints(client, job);
  await finishLargeFile(client, file, describeFile(job), job.counts);
  await saveHits(client, job.events.hits, readOrigin(job), { schema: 'public', limit: job.hitLimit });
  if (job.incomplete !== null) await markIncomplete(client, job.release, job.incomplete);
  job.events.signal.throwIfAborted();
  return file;
}

type BatchQueue = () => Promise<AuditEvent[] | null>;

/** Hands out batches to connections as they become free; reads one batch ahead. */
function createQueue(head: AuditEvent[][], events: BatchReader): BatchQueue {
  const read = async (): Promise<AuditEvent[] | null> => {
    const first = head.shift();
    if (first) return first;
    const next = await events.batches.next();
    return next.done ? null : next.value;
  };
  let ahead = read();
  return () => {
    const next = ahead;
    ahead = next.then((batch) => (batch === null ? null : read()));
    // The caller gets the error.
    ahead.catch(() => {});
    return next;
  };
}

async function fillTables(client: PoolClient, job: AuditJob, tables: EventTables, queue: BatchQueue): Promise<void> {
  // Only the last transaction makes this visible, and it waits for the disk.
  await client.query('set synchronous_commit = off');
  try {
    for (let batch = await queue(); batch !== null; batch = await queue()) {
      countBatch(job, await writeBatch(client, batch, tables, job.events.signal));
    }
  } finally {
    await client.query('reset synchronous_commit').catch(() => {});
  }
}

async function writeBatch(
  client: PoolClient,
  batch: readonly AuditEvent[],
  tables: EventTables,
  signal: AbortSignal,
): Promise<WrittenEvents> {
  try {
    return await writeEvents(client, batch, tables, { isolateRejected: false, signal });
  } catch (error) {
    if (!isDataError(error)) throw error;
    return await transact(client, () => writeEvents(client, batch, tables, { isolateRejected: true, signal }));
  }
}

/** Waits for all. If one fails, aborts the others and rejects after they have ended. */
async function waitForAll(job: AuditJob, tasks: Promise<void>[]): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        failures.push(error);
        job.failure.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
