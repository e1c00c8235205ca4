import type { Pool, PoolClient } from 'pg';
import { createAgentReader } from './agent-reader.ts';
import { enterLedger, receiveBody, type ReceivedBody, type StoredBody, storeBody } from './body-store.ts';
import { withTransaction } from './database.ts';
import { defaultHitLimit, type Hits, KnownHits } from './endpoint-hits.ts';
import { SnoopDbError } from './errors.ts';
import { isDataError } from './event-copy.ts';
import { type ForgottenMarks, loadForgottenMarks } from './forgotten-events.ts';
import { loadTestFinder } from './known-tests.ts';
import {
  holdDocument,
  holdHits,
  loadSourceEndpoints,
  readSourceMark,
  type SourceEndpoints,
} from './source-endpoints.ts';
import { isCut } from './test-agent.ts';

export interface WriteResult {
  /** Events of the body that are in testing.audit_event because of this call. */
  stored: number;
  /** The body was committed before; nothing was stored again. */
  repeated: boolean;
  /** Events that resolved to no endpoint. */
  unresolved: number;
  /** Events that cannot be stored; they are in testing.rejected_event. */
  rejected: number;
}

export interface EventWriter {
  /**
   * Stores a body, an EventList or one Event as JSON. When it resolves, every event of the body is committed, in the
   * table or in quarantine, once, however often the body comes. Any number may be under way at once.
   * @throws SnoopDbError `bad_body` when it can never be accepted, `writer_closed` after close().
   *   Errors of the database pass through; nothing is stored then.
   */
  write(body: Buffer): Promise<WriteResult>;
  /** The release that events are stored under; null before the first write, or when none is known. */
  readonly release: string | null;
  /** Takes no more bodies and waits for those under way. The pool stays open. */
  close(): Promise<void>;
}

/** What a writer has read of the database and goes by until that changes. */
interface Surroundings {
  endpoints: SourceEndpoints;
  forgotten: ForgottenMarks;
}

/**
 * The one way live events enter. The writer reads the source's OpenAPI document itself and takes a newer one over with
 * the next body.
 * @param options.source the cluster that the events come from
 * @param options.hitLimit rows of hits that live tests, e2e tests and all other agents of the source may each make;
 *   100,000 unless told. Beyond it new ones go into one row of each endpoint
 */
export function createEventWriter(pool: Pool, options: { source: string; hitLimit?: number }): EventWriter {
  const { source, hitLimit = defaultHitLimit } = options;
  const known = new KnownHits();
  const agents = createAgentReader();
  const underWay = new Set<Promise<unknown>>();
  let around: Surroundings | null = null;
  /** The release whose tests were looked up, for names that were cut. */
  let testsOf: string | null = null;
  let closed = false;

  const lookAround = async (client: PoolClient): Promise<Surroundings> => {
    const before = around;
    const mark = await readSourceMark(client, source);
    const isSame = before?.endpoints.revision === mark.revision && before.endpoints.baseline === mark.baseline;
    const isSameEpoch = before?.endpoints.epoch === mark.epoch;
    if (!isSameEpoch) known.enterEpoch(mark.epoch);
    around = {
      endpoints: isSame && before ? { ...before.endpoints, ...mark } : await loadSourceEndpoints(client, source, mark),
      forgotten: isSameEpoch && before ? before.forgotten : await loadForgottenMarks(client),
    };
    return around;
  };

  const store = async (body: ReceivedBody, takeApart: boolean): Promise<WriteResult> => {
    let proven: { hits: Hits; epoch: string } | null = null;
    const result = await withTransaction<StoredBody>(pool, async (client) => {
      await client.query(`${holdDocument(source)}; ${holdHits}`);
      if (!(await enterLedger(client, body, source))) {
        return { stored: 0, repeated: true, unresolved: 0, rejected: 0 };
      }
      const { endpoints, forgotten } = await lookAround(client);
      if (body.events.some(({ userAgent }) => userAgent !== null && isCut(userAgent))) {
        if (testsOf !== endpoints.baseline) agents.useTests(await loadTestFinder(client, endpoints.baseline));
        testsOf = endpoints.baseline;
      }
      const stored = await storeBody(client, body, {
        source,
        endpoints,
        known,
        agentOf: agents.read,
        forgotten,
        hitLimit,
        takeApart,
      });
      proven = { hits: stored.hits, epoch: endpoints.epoch };
      return stored.result;
    });
    if (proven) remember(proven);
    return result;
  };

  const remember = ({ hits, epoch }: { hits: Hits; epoch: string }): void => known.add(hits, epoch);

  const write = async (bytes: Buffer): Promise<WriteResult> => {
    const body = receiveBody(bytes);
    if (body.events.length === 0) return { stored: 0, repeated: false, unresolved: 0, rejected: 0 };
    try {
      return await store(body, false);
    } catch (error) {
      // The transaction is gone, the ledger's row with it: begin again and find the events that are refused.
      if (isDataError(error)) return await store(body, true);
      throw error;
    }
  };

  return {
    async write(bytes) {
      if (closed) throw new SnoopDbError('writer_closed', 'This writer is closed. Send the body again later.');
      const writing = write(bytes);
      underWay.add(writing);
      try {
        return await writing;
      } finally {
        underWay.delete(writing);
      }
    },
    get release() {
      return around?.endpoints.release ?? null;
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
