import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { askSourceMark, type MarkRow, readMarkRow } from '../clusters/source-endpoints.ts';
import { SnoopDbError } from '../errors.ts';
import type { ReceivedBody } from '../events/received-body.ts';
import type { Hits } from '../hits/hit.ts';
import { defaultHitLimit } from '../hits/save-hits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { describeError, explainUnable, isDatabaseAway, withTransaction } from '../postgres/database.ts';
import { lockDocumentShared, lockHitsShared } from '../postgres/locks.ts';
import { startStallWatch } from '../postgres/stall-watch.ts';
import { createBodyQueue, type WaitingBody } from './body-queue.ts';
import { enterLedger, readEntered, storeBodies, type WriteResult } from './body-store.ts';
import { KnownSources } from './known-sources.ts';

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

/** Whoever holds a lock for longer, such as a rebuild of all hits, is not waited for: the sender comes again. */
const lockMs = 5000;
/** A transaction of which nothing is heard for so long is given up. */
const stallMs = 10_000;
/** For a large event more: so many bytes at least are worked off in a millisecond. */
const bytesPerMs = 4096;
/** Two writers may wait for each other in ways that no order forbids, such as a vacuum's; one is chosen to try again. */
const mostRepeats = 3;

/**
 * The one way live events enter. The writer reads the source's OpenAPI document itself and takes a newer one over with
 * the next body. It uses three connections of the pool at most.
 * @param options.source the cluster that the events come from, where a body says no other
 * @param options.hitLimit rows of hits that live tests, e2e tests and all other agents of the source may each make;
 *   100,000 unless told. Beyond it new ones go into one row of each endpoint
 */
export function createEventWriter(pool: Pool, options: { source: string; hitLimit?: number }): EventWriter {
  const { hitLimit = defaultHitLimit } = options;
  const known = new KnownSources();
  /** Bodies that wait or are being stored, by source and hash. */
  const underWay = new Map<string, Promise<WriteResult>>();
  const queue = createBodyQueue(storeGroup);
  let closed = false;

  async function storeOnce(
    source: string,
    bodies: readonly ReceivedBody[],
    takeApart: boolean,
  ): Promise<WriteResult[]> {
    const startedAt = performance.now();
    const largest = bodies.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
    const watch = startStallWatch(stallMs + largest / bytesPerMs);
    const begin = [
      `begin; set local lock_timeout = ${lockMs}`,
      lockDocumentShared(source),
      lockHitsShared(),
      askSourceMark(source),
      enterLedger(bodies, source),
    ].join('; ');
    let proven: { hits: Hits; epoch: string } | null = null;
    try {
      const stored = await withTransaction(
        pool,
        async (client, begun) => {
          watch.progress();
          const [marks, ledger] = begun.slice(-2);
          const mark = readMarkRow(marks?.rows[0] as MarkRow | undefined);
          const around = await known.lookAround(client, source, mark);
          watch.progress();
          const done = await storeBodies(client, bodies, {
            source,
            ...around,
            known: known.hits,
            agentOf: known.agents.read,
            hitLimit,
            takeApart,
            entered: readEntered(bodies, (ledger?.rows ?? []) as { sha256: Buffer }[]),
            onProgress: watch.progress,
          });
          proven = { hits: done.hits, epoch: mark.epoch };
          return done.stored;
        },
        { signal: watch.signal, begin },
      );
      if (proven) rememberHits(proven);
      const commitMs = performance.now() - startedAt;
      return stored.map((result) => ({ ...result, commitMs: result.repeated ? 0 : commitMs }));
    } finally {
      watch.stop();
    }
  }

  function rememberHits({ hits, epoch }: { hits: Hits; epoch: string }): void {
    known.hits.add(hits, epoch);
  }

  async function storeAll(source: string, bodies: readonly ReceivedBody[]): Promise<WriteResult[]> {
    let takeApart = false;
    for (let repeats = 0; ; ) {
      try {
        return await storeOnce(source, bodies, takeApart);
      } catch (error) {
        // The transaction is gone, the ledger's rows with it: begin again and find the events that are refused.
        if (isDataError(error) && !takeApart) takeApart = true;
        else if (repeats < mostRepeats && isPassing(error, repeats)) repeats += 1;
        else throw error;
      }
    }
  }

  /** Stores bodies that waited together; each learns what became of it. */
  async function storeGroup(source: string, group: readonly WaitingBody[]): Promise<void> {
    try {
      const results = await storeAll(
        source,
        group.map(({ body }) => body),
      );
      for (const [at, waiting] of group.entries()) {
        const result = results[at];
        if (result) waiting.resolve(result);
      }
    } catch (error) {
      if (explainUnable(error) !== null) queue.failAll(error);
      else if (group.length > 1 && !isLocked(error)) {
        // One of them may be to blame for it, and the others must not suffer.
        for (const waiting of group) await storeGroup(source, [waiting]);
        return;
      }
      for (const waiting of group) waiting.reject(error);
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

/** Whether the same may well work at once: another was chosen to go first, or the connection broke, for the first time. */
function isPassing(error: unknown, repeats: number): boolean {
  const code = readCode(error);
  if (code === '40P01' || code === '40001') return true;
  // Who did not answer within the time for that will not answer now.
  return repeats === 0 && isDatabaseAway(error) && !/timeout/.test(describeError(error));
}

/** Whether a lock was waited for in vain: the others of a group wait for the same. */
function isLocked(error: unknown): boolean {
  return readCode(error) === '55P03';
}

function readCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
