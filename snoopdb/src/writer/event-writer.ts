import { createHash } from 'node:crypto';
import { SnoopDbError } from '../errors.ts';
import { defaultHitLimit } from '../hits/save-hits.ts';
import { explainUnable, type Pool } from '../postgres/database.ts';
import { createBatchStore } from './batch-store.ts';
import { createBodyQueue, type ReadyBody } from './body-queue.ts';
import type { WriteResult } from './body-result.ts';

export interface WriteOptions {
  /** The cluster that the events come from; that of the writer unless told. */
  source?: string;
  /** Of the body, where it is known already. */
  sha256?: Buffer;
}

export interface EventWriter {
  /**
   * Stores a body, an EventList or one Event as JSON. When it resolves, every event of the body is committed, in the
   * table or in quarantine, once, however often the body comes. Any number may be under way at once: those that wait
   * are stored together.
   * @throws SnoopDbError `bad_body`, `too_many_events` when it can never be accepted, `stalled` when the database does
   *   nothing any more, `writer_closed` after close(). Errors of the database pass through. Whether something is stored
   *   then is not known; the same body may be written again.
   */
  write(body: Buffer, options?: WriteOptions): Promise<WriteResult>;
  /** Takes no more bodies and waits for those under way. The pool stays open. */
  close(): Promise<void>;
}

/**
 * The one way live events enter. The writer reads the source's OpenAPI document itself and takes a newer one over with
 * the next body. It uses three connections of the pool at most.
 * @param options.source the cluster that the events come from, where a body says no other
 * @param options.hitLimit rows of hits that live tests, e2e tests and all other agents of the source may each make;
 *   100,000 unless told. Beyond it new ones go into one row of each endpoint
 */
export function createEventWriter(pool: Pool, options: { source: string; hitLimit?: number }): EventWriter {
  const store = createBatchStore(pool, options.hitLimit ?? defaultHitLimit);
  /** Bodies that wait or are being stored, by source and hash. */
  const underWay = new Map<string, Promise<WriteResult>>();
  const queue = createBodyQueue(storeBatch);
  let closed = false;

  /** Stores bodies that waited together; each learns what became of it. */
  async function storeBatch(source: string, batch: readonly ReadyBody[]): Promise<void> {
    try {
      const bodies = batch.map(({ body }) => body);
      const results = await store(source, bodies);
      for (const [at, result] of results.entries()) batch[at]?.resolve(result);
    } catch (error) {
      if (explainUnable(error) !== null) queue.failAll(error);
      else if (batch.length > 1 && !isLocked(error)) {
        // One of them may be to blame for it, and the others must not suffer.
        for (const ready of batch) await storeBatch(source, [ready]);
        return;
      }
      for (const ready of batch) ready.reject(error);
    }
  }

  return {
    async write(bytes, { source = options.source, sha256 = hash(bytes) } = {}) {
      if (closed) throw new SnoopDbError('writer_closed', 'This writer is closed. Send the body again later.');
      const key = `${source}\n${sha256.toString('latin1')}`;
      const before = underWay.get(key);
      if (before !== undefined) return { ...(await before), stored: 0, repeated: true, commitMs: 0, stagedAt: [] };
      const writing = queue.add({ source, bytes, sha256 });
      underWay.set(key, writing);
      try {
        return await writing;
      } finally {
        underWay.delete(key);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay.values());
    },
  };
}

function hash(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Whether a lock was waited for in vain: the others of a batch wait for the same. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
