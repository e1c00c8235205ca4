import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { type AgentReader, type AuditEvent, interpretEvent } from './audit-event.ts';
import { findHits, type Hits, type KnownHits, saveHits } from './endpoint-hits.ts';
import { copy, copyWhatIsTaken } from './event-copy.ts';
import { type EventSlice, readEventList } from './event-list.ts';
import type { EventOrigin } from './event-row.ts';
import { type ForgottenMarks, readTransactionTime } from './forgotten-events.ts';
import { type Rejected, saveRejected } from './rejected-events.ts';
import type { SourceEndpoints } from './source-endpoints.ts';

/** A body that was read and found to be a list of events. */
export interface ReceivedBody {
  bytes: Buffer;
  sha256: Buffer;
  events: EventSlice[];
}

export interface StoredBody {
  stored: number;
  repeated: boolean;
  unresolved: number;
  rejected: number;
}

/** @throws SnoopDbError `bad_body` */
export function receiveBody(bytes: Buffer): ReceivedBody {
  const events = readEventList(bytes);
  return { bytes, sha256: createHash('sha256').update(bytes).digest(), events };
}

/**
 * Notes a body in the ledger. When another connection is just storing the same body this waits for its end.
 * @returns false when it is committed already.
 */
export async function enterLedger(client: PoolClient, body: ReceivedBody, source: string): Promise<boolean> {
  const entered = await client.query(
    `insert into testing.body_ledger (source, sha256, events, bytes) values ($1, $2, $3, $4) on conflict do nothing`,
    [source, body.sha256, body.events.length, body.bytes.length],
  );
  return entered.rowCount === 1;
}

export interface StoreOptions {
  source: string;
  endpoints: SourceEndpoints;
  known: KnownHits;
  agentOf: AgentReader;
  forgotten: ForgottenMarks;
  /** Rows of hits that the agents of one class may have. */
  hitLimit: number;
  /** Whether a body that PostgreSQL refuses is to be taken apart; needs a transaction without an error so far. */
  takeApart: boolean;
}

const liveTable = { kind: 'live' } as const;

/**
 * Stores the events of one body, which is in the ledger, within the client's transaction.
 * @returns what was stored, and the hits that are committed as soon as the transaction is.
 */
export async function storeBody(
  client: PoolClient,
  body: ReceivedBody,
  options: StoreOptions,
): Promise<{ result: StoredBody; hits: Hits }> {
  const { source, endpoints, known, agentOf } = options;
  const origin: EventOrigin = { source, release: endpoints.release, revision: endpoints.revision };
  const events = body.events.map((slice) => interpretEvent(body.bytes, slice, endpoints.resolver, agentOf));
  const sound = events.filter((event) => event.slice.flaw === null);
  const rejected: Rejected[] = events.flatMap((event) => (event.slice.flaw ? [{ event, ...event.slice.flaw }] : []));
  if (options.takeApart) rejected.push(...(await copyWhatIsTaken(client, sound, origin, liveTable)));
  else await copy(client, sound, origin, liveTable);
  await saveRejected(client, rejected, origin);
  const hits = findHits(await leaveForgotten(client, events, rejected, options.forgotten), origin, known);
  await saveHits(client, hits, origin, { limit: options.hitLimit });
  return {
    result: {
      stored: events.length - rejected.length,
      repeated: false,
      unresolved: events.filter((event) => event.endpoint === null).length,
      rejected: rejected.length,
    },
    hits,
  };
}

/** Events without those that were forgotten before they came: they are stored, hidden, and prove nothing. */
async function leaveForgotten(
  client: PoolClient,
  events: readonly AuditEvent[],
  rejected: readonly Rejected[],
  forgotten: ForgottenMarks,
): Promise<readonly AuditEvent[]> {
  if (forgotten.isEmpty) return events;
  const storedAt = await readTransactionTime(client);
  const aside = new Set(rejected.map(({ event }) => event));
  // Of set-aside events nobody keeps when they were requested.
  return events.filter((event) => !forgotten.hides(event, aside.has(event) ? null : event.slice.requestedAt, storedAt));
}
