import { createHash } from 'node:crypto';
import { SnoopDbError } from '../errors.ts';
import { defaultHitLimit } from '../hits/save-hits.ts';
import { defaultSourceLimits, type SourceLimits } from '../hits/source-limits.ts';
import { explainDatabaseProblem, type Pool } from '../postgres/database.ts';
import { createBatchStore } from './batch-store.ts';
import { createBodyQueue, type ReadyBody } from './body-queue.ts';
import type { WriteResult } from './body-result.ts';

export interface WriteOptions {
  /** The cluster that the events come from; default: the writer's. */
  source?: string;
  /** Of the body, if it is known. */
  sha256?: Buffer;
  /** Whether it was acknowledged to its sender: then the limit of sources does not apply. */
  isAcknowledged?: boolean;
}

export interface EventWriter {
  /**
   * Stores a body, an EventList or one Event as JSON. When it resolves, every event of the body is committed exactly
   * once, stored or rejected, however often the body is sent. Concurrent calls are stored together.
   * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected` if it can never be accepted;
   *   `too_many_sources`; `stalled` if the database makes no progress; `writer_closed` after close(). Errors of the
   *   database pass through. It is unknown then whether something was stored; write the same body again
   */
  write(body: Buffer, options?: WriteOptions): Promise<WriteResult>;
  /** Whether bodies of the source are known to be accepted: it is the writer's own, or some were stored. */
  isKnownSource(source: string): boolean;
  /** Refuses new bodies and waits for those in flight. The pool stays open. */
  close(): Promise<void>;
}

/**
 * Creates the writer of live events, which no other code stores. It reads the source's OpenAPI document, and a newer one
 * with the next body. It uses at most three connections of the pool.
 * @param options.source of bodies that name none
 * @param options.hitLimit rows of hits for each class of agents of a source (live tests, e2e tests, others); default:
 *   100,000. Beyond it new hits go into one row of each endpoint
 * @param options.limits for sources that bodies name
 */
export function createEventWriter(
  pool: Pool,
  options: { source: string; hitLimit?: number; limits?: SourceLimits },
): EventWriter {
  const { store, isKnownSource } = createBatchStore(pool, {
    source: options.source,
    hitLimit: options.hitLimit ?? defaultHitLimit,
    limits: options.limits ?? defaultSourceLimits,
  });
  /** Bodies that wait or are being stored, by source and hash. */
  const inFlight = new Map<string, Promise<WriteResult>>();
  const queue = createBodyQueue(storeBatch);
  let closed = false;

  /** Stores a batch and settles each body's promise. */
  async function storeBatch(source: string, batch: readonly ReadyBody[]): Promise<void> {
    try {
      const bodies = batch.map(({ body }) => body);
      const isAcknowledged = batch.some((ready) => ready.isAcknowledged);
      const results = await store(source, bodies, isAcknowledged);
      for (const [at, result] of results.entries()) batch[at]?.resolve(result);
    } catch (error) {
      if (explainDatabaseProblem(error) !== null) queue.failAll(error);
      else if (batch.length > 1 && !concernsWholeBatch(error)) {
        // One of them may have caused it; store each alone.
        for (const ready of batch) await storeBatch(source, [ready]);
        return;
      }
      for (const ready of batch) ready.reject(error);
    }
  }

  return {
    async write(bytes, { source = options.source, sha256 = hash(bytes), isAcknowledged = false } = {}) {
      if (closed) throw new SnoopDbError('writer_closed', 'The writer is closed. Send the body again later.');
      const key = `${source}\n${sha256.toString('latin1')}`;
      const before = inFlight.get(key);
      if (before !== undefined) return { ...(await before), stored: 0, repeated: true, commitMs: 0, stagedAt: [] };
      const writing = queue.add({ source, bytes, sha256, isAcknowledged });
      inFlight.set(key, writing);
      try {
        return await writing;
      } finally {
        inFlight.delete(key);
      }
    },
    isKnownSource,
    async close() {
      closed = true;
      await Promise.allSettled(inFlight.values());
    },
  };
}

function hash(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Whether an error concerns all bodies of a batch: a lock timeout, or too many sources. */
function concernsWholeBatch(error: unknown): boolean {
  if (error instanceof SnoopDbError) return error.code === 'too_many_sources';
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
