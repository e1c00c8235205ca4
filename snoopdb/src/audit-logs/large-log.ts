import type { AuditEvent } from '../events/audit-event.ts';
import { saveHits } from '../hits/save-hits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { type Pool, type PoolClient, transact, withClient } from '../postgres/database.ts';
import { type EventTables, loadedTables } from '../rows/event-tables.ts';
import { writeEvents, type WrittenEvents } from '../rows/write-events.ts';
import { type AuditJob, countBatch, countBeyondSample, describeFile, holdEndpoints, readOrigin } from './audit-job.ts';
import type { BatchReader } from './event-batches.ts';
import {
  beginLargeFile,
  dropLargeFile,
  finishLargeFile,
  nameEventTable,
  nameRejectTable,
  releaseFile,
} from './loaded-file.ts';

/** Of public.loaded_file: the same content is loaded once for a release. */
const loadedOnce = 'loaded_file_once';

/**
 * Loads a large file into a table of its own, over two connections, and attaches it when all of it is there.
 * @returns its number; null when it was loaded by somebody else meanwhile
 */
export function loadLarge(pool: Pool, job: AuditJob, head: AuditEvent[][]): Promise<number | null> {
  return withClient(pool, async (client) => {
    const file = await beginLargeFile(client, job);
    const tables = loadedTables(readOrigin(job), {
      table: nameEventTable(file),
      rejectedTable: nameRejectTable(file),
      part: file,
      releaseDate: job.releaseDate,
      idBase: file * 1e10,
      file,
    });
    const queue = createQueue(head, job.events);
    const fill = (one: PoolClient): Promise<void> => fillTables(one, job, tables, queue);
    try {
      await whole(job, [fill(client), help(pool, job, fill)]);
      countBeyondSample(job);
      return await transact(client, () => finish(client, job, file));
    } catch (error) {
      await dropLargeFile(pool, file).catch(() => {
        // The database is away: the next load removes it.
      });
      if (error instanceof Error && 'constraint' in error && error.constraint === loadedOnce) return null;
      throw error;
    } finally {
      await releaseFile(client, file);
    }
  });
}

/** A second connection helps as soon as there is one; it can be done without. */
async function help(pool: Pool, job: AuditJob, fill: (client: PoolClient) => Promise<void>): Promise<void> {
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
  await holdEndpoints(client, job);
  await finishLargeFile(client, file, describeFile(job), job.counts);
  await saveHits(client, job.events.hits, readOrigin(job), { schema: 'public', limit: job.hitLimit });
  job.events.signal.throwIfAborted();
  return file;
}

type BatchQueue = () => Promise<AuditEvent[] | null>;

/** Batches for whoever asks first. One is read ahead: the next asker need not wait for it. */
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
    // Whoever asks for it is told.
    ahead.catch(() => {});
    return next;
  };
}

async function fillTables(client: PoolClient, job: AuditJob, tables: EventTables, queue: BatchQueue): Promise<void> {
  // Nothing of this is seen before the last transaction has committed, and that one waits for the disk.
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
    return await writeEvents(client, batch, tables, { takeApart: false, signal });
  } catch (error) {
    if (!isDataError(error)) throw error;
    return await transact(client, () => writeEvents(client, batch, tables, { takeApart: true, signal }));
  }
}

/** Waits for all; when one fails the others are ended, and nothing is under way any more when this rejects. */
async function whole(job: AuditJob, works: Promise<void>[]): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    works.map((work) =>
      work.catch((error: unknown) => {
        failures.push(error);
        job.broken.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
