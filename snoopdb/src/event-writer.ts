import type { Pool, PoolClient } from 'pg';
import type { AgentReader } from './audit-event.ts';
import { enterLedger, isDataError, receiveBody, type ReceivedBody, type StoredBody, storeBody } from './body-store.ts';
import { withTransaction } from './database.ts';
import { type Hits, KnownHits } from './endpoint-hits.ts';
import { SnoopDbError } from './errors.ts';
import { holdDocument, loadSourceEndpoints, readSourceMark, type SourceEndpoints } from './source-endpoints.ts';
import { type Agent, readAgent } from './test-agent.ts';

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

/**
 * The one way live events enter. The writer reads the source's OpenAPI document itself and takes a newer one over with
 * the next body.
 * @param options.source the cluster that the events come from
 */
export function createEventWriter(pool: Pool, options: { source: string }): EventWriter {
  const { source } = options;
  const known = new KnownHits();
  const agentOf = createAgentReader();
  const underWay = new Set<Promise<unknown>>();
  let endpoints: SourceEndpoints | null = null;
  let closed = false;

  const takeOverDocument = async (client: PoolClient): Promise<SourceEndpoints> => {
    const mark = await readSourceMark(client, source);
    const same = endpoints?.revision === mark.revision && endpoints.baseline === mark.baseline;
    const current = same && endpoints ? { ...endpoints, ...mark } : await loadSourceEndpoints(client, source, mark);
    endpoints = current;
    return current;
  };

  const store = async (body: ReceivedBody, takeApart: boolean): Promise<WriteResult> => {
    let proven: Hits | null = null;
    const result = await withTransaction<StoredBody>(pool, async (client) => {
      await client.query(holdDocument(source));
      if (!(await enterLedger(client, body, source))) {
        return { stored: 0, repeated: true, unresolved: 0, rejected: 0 };
      }
      const current = await takeOverDocument(client);
      const stored = await storeBody(client, body, { source, endpoints: current, known, agentOf, takeApart });
      proven = stored.hits;
      return stored.result;
    });
    if (proven) known.add(proven);
    return result;
  };

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
      return endpoints?.release ?? null;
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}

const rememberedAgents = 2000;

/** A sender has few agents and sends them with every event. */
function createAgentReader(): AgentReader {
  const remembered = new Map<string, Agent>();
  return (userAgent) => {
    const before = remembered.get(userAgent);
    if (before) return before;
    const agent = readAgent(userAgent);
    if (remembered.size >= rememberedAgents) remembered.clear();
    remembered.set(userAgent, agent);
    return agent;
  };
}
