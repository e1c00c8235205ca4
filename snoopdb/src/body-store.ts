import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type AgentReader, type AuditEvent, interpretEvent } from './audit-event.ts';
import { findHits, type Hits, type KnownHits, saveHits } from './endpoint-hits.ts';
import { type EventSlice, readEventList } from './event-list.ts';
import { copyEvents, encodeEventRows, type EventOrigin } from './event-row.ts';
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
  /** Whether a body that PostgreSQL refuses is to be taken apart; needs a transaction without an error so far. */
  takeApart: boolean;
}

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
  if (options.takeApart) rejected.push(...(await copyWhatIsTaken(client, sound, origin)));
  else await copy(client, sound, origin);
  await saveRejected(client, rejected, origin);
  const hits = findHits(events, origin, known);
  await saveHits(client, hits, origin);
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

/** Whether PostgreSQL refused the data itself (class 22) or its size or depth (class 54): no repeat will help. */
export function isDataError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(22|54)...$/.test(error.code);
}

async function copy(client: PoolClient, events: readonly AuditEvent[], origin: EventOrigin): Promise<void> {
  if (events.length === 0) return;
  // pipeline() waits for `finish`, which pg-copy-streams emits when the server has said that the COPY is complete.
  await pipeline(Readable.from(encodeEventRows(events, origin)), client.query(copyFrom(copyEvents)));
}

/** Copies events; those that PostgreSQL refuses are found by halving and returned. */
async function copyWhatIsTaken(
  client: PoolClient,
  events: readonly AuditEvent[],
  origin: EventOrigin,
): Promise<Rejected[]> {
  if (events.length === 0) return [];
  await client.query('savepoint half');
  try {
    await copy(client, events, origin);
    await client.query('release savepoint half');
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('rollback to savepoint half; release savepoint half');
    const [only, ...others] = events;
    if (only && others.length === 0) return [{ event: only, reason: error.message, sqlstate: error.code }];
    const middle = events.length >> 1;
    const first = await copyWhatIsTaken(client, events.slice(0, middle), origin);
    return [...first, ...(await copyWhatIsTaken(client, events.slice(middle), origin))];
  }
}
