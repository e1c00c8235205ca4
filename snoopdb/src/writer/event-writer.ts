import { createHash } from 'node:crypto';
import { SnoopDbError } from '../errors.ts';
import { defaultHitLimit } from '../hits/save-hits.ts';
import { defaultSourceLimits, type SourceLimits } from '../hits/source-limits.ts';
import { explainDatabaseProblem, type Pool } from '../postgres/database.ts';
import { createBatchStore } from './batch-store.ts';
import { createBodyQueue, type ReadyBody } from './body-queue.ts';
import type { WriteResult } from './body-result.ts';

export interface WriteOptions {
  /** The cluster that the events come from; that of the writer unless told. */
  source?: string;
  /** Of the body, where it is known already. */
  sha256?: Buffer;
  /** Its sender was told that it is kept: it is stored however many sources there are. */
  isPromised?: boolean;
}

export interface EventWriter {
  /**
   * Stores a body, an EventList or one Event as JSON. When it resolves, every event of the body is committed, in the
   * table or in quarantine, once, however often the body comes. Any number may be under way at once: those that wait
   * are stored together.
   * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected` when it can never be accepted, `too_many_sources`,
   *   `stalled` when the database does
   *   nothing any more, `writer_closed` after close(). Errors of the database pass through. Whether something is stored
   *   then is not known; the same body may be written again.
   */
  write(body: Buffer, options?: WriteOptions): Promise<WriteResult>;
  /** Whether bodies of the source are taken, as far as is known: it is the writer's, or some were stored. */
  knowsSource(source: string): boolean;
  /** Takes no more bodies and waits for those under way. The pool stays open. */
  close(): Promise<void>;
}

/**
 * The one way live events enter. The writer reads the source's OpenAPI document itself and takes a newer one over with
 * the next body. It uses three connections of the pool at most.
 * @param options.source the cluster that the events come from, where a body says no other
 * @param options.hitLimit rows of hits that live tests, e2e tests and all other agents of the source may each make;
 *   100,000 unless told. Beyond it new ones go into one row of each endpoint
 * @param options.limits of the sources that bodies name beside that one
 */
export function createEventWriter(
  pool: Pool,
  options: { source: string; hitLimit?: number; limits?: SourceLimits },
): EventWriter {
  const { store, knowsSource } = createBatchStore(pool, {
    source: options.source,
    hitLimit: options.hitLimit ?? defaultHitLimit,
    limits: options.limits ?? defaultSourceLimits,
  });
  /** Bodies that wait or are being stored, by source and hash. */
  const underWay = new Map<string, Promise<WriteResult>>();
  const queue = createBodyQueue(storeBatch);
  let closed = false;

  /** Stores bodies that waited together; each learns what became of it. */
  async function storeBatch(source: string, batch: readonly ReadyBody[]): Promise<void> {
    try {
      const bodies = batch.map(({ body }) => body);
      const isPromised = batch.some((ready) => ready.isPromised);
      const results = await store(source, bodies, isPromised);
      for (const [at, result] of results.entries()) batch[at]?.resolve(result);
    } catch (error) {
      if (explainDatabaseProblem(error) !== null) queue.failAll(error);
      else if (batch.length > 1 && !isOfAll(error)) {
        // One of them may be to blame for it, and the others must not suffer.
        for (const ready of batch) await storeBatch(source, [ready]);
        return;
      }
      for (const ready of batch) ready.reject(error);
    }
  }

  return {
    async write(bytes, { source = options.source, sha256 = hash(bytes), isPromised = false } = {}) {
      if (closed) throw new SnoopDbError('writer_closed', 'This writer is closed. Send the body again later.');
      const key = `${source}\n${sha256.toString('latin1')}`;
      const before = underWay.get(key);
      if (before !== undefined) return { ...(await before), stored: 0, repeated: true, commitMs: 0, stagedAt: [] };
      const writing = queue.add({ source, bytes, sha256, isPromised });
      underWay.set(key, writing);
      try {
        return await writing;
      } finally {
        underWay.delete(key);
      }
    },
    knowsSource,
    async close() {
      closed = true;
      await Promise.allSettled(underWay.values());
    },
  };
}

function hash(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Whether a lock was waited for in vain, or there is no room for the source: it is so for the others of a batch. */
function isOfAll(error: unknown): boolean {
  if (error instanceof SnoopDbError) return error.code === 'too_many_sources';
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
