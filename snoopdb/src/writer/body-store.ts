import pg, { type PoolClient } from 'pg';
import type { SourceEndpoints } from '../clusters/source-endpoints.ts';
import { type AgentReader, type AuditEvent, type EventOrigin, interpretEvent } from '../events/audit-event.ts';
import type { ReceivedBody } from '../events/received-body.ts';
import { findHits } from '../hits/find-hits.ts';
import type { Hits } from '../hits/hit.ts';
import type { KnownHits } from '../hits/known-hits.ts';
import { saveHits } from '../hits/save-hits.ts';
import { copy, copyWhatIsTaken } from '../rows/event-copy.ts';
import { type Rejected, saveRejected } from '../rows/rejected-events.ts';
import { type ForgottenMarks, readTransactionTime } from './forgotten-events.ts';

/** What became of one body. */
export interface StoredBody {
  /** Events in it. */
  events: number;
  /** Those that are in testing.audit_event because of this. */
  stored: number;
  /** The body was committed before; nothing was stored again. */
  repeated: boolean;
  /** Events that resolved to no endpoint. */
  unresolved: number;
  /** Events that cannot be stored; they are in testing.rejected_event. */
  rejected: number;
  /** When stages of its events were reached, in microseconds since 1970: of 400 events at most. */
  stagedAt: number[];
}

/** As whoever gave it is told. */
export interface WriteResult extends Readonly<StoredBody> {
  /** How long the transaction took that committed it, in milliseconds; 0 when it was committed before. */
  commitMs: number;
}

export interface StoreOptions {
  source: string;
  endpoints: SourceEndpoints;
  known: KnownHits;
  agentOf: AgentReader;
  forgotten: ForgottenMarks;
  /** Rows of hits that the agents of one class may have. */
  hitLimit: number;
  /** Whether events that PostgreSQL refuses are to be found and put aside; else they make it fail. */
  takeApart: boolean;
  /** Of each body whether it is new. */
  entered: readonly boolean[];
  /** Told whenever the database did something. */
  onProgress: () => void;
}

const liveTable = { kind: 'live' } as const;
/** So many set-aside events, or hits that are new, are kept in memory; then they are written and forgotten. */
const mostKept = 10_000;
/** Pieces in which events are offered that may hold some that are refused. */
const pieceEvents = 512;
const mostStageTimes = 400;

/**
 * Stores bodies of one source, which are in the ledger, within the client's transaction: events, quarantine, hits.
 * @returns what became of each, and hits that are committed as soon as the transaction is
 */
export async function storeBodies(
  client: PoolClient,
  bodies: readonly ReceivedBody[],
  options: StoreOptions,
): Promise<{ stored: StoredBody[]; hits: Hits }> {
  const { source, endpoints, known, forgotten, entered, onProgress } = options;
  const stored = bodies.map((body, at) => createResult(body, entered[at] === true));
  const fresh = stored.filter(({ repeated }) => !repeated);
  if (fresh.length === 0) return { stored, hits: new Map() };
  const origin: EventOrigin = { source, release: endpoints.release, revision: endpoints.revision };
  const storedAt = forgotten.isEmpty ? 0 : await readTransactionTime(client);
  const ofBody = new Map(stored.map((result, at) => [bodies[at]?.bytes, result]));
  const waiting = bodies.filter((_, at) => entered[at]);
  const events = interpretBodies(waiting, ofBody, options);
  let round: Round;
  do {
    round = { rejected: [], hits: new Map(), isLast: false };
    const sound = takeRound(events, round, {
      mostEvents: options.takeApart ? pieceEvents : Number.POSITIVE_INFINITY,
      noteHits: (some) =>
        findHits(forgotten.isEmpty ? some : some.filter(shows(forgotten, storedAt)), origin, known, round.hits),
    });
    if (options.takeApart) {
      const refused = await copyWhatIsTaken(client, [...sound], origin, liveTable, { onProgress });
      round.rejected.push(...refused);
      // Until now they counted as stored, of which it is known when they were requested.
      const aside = refused.filter(({ event }) => !forgotten.hides(event, null, storedAt)).map(({ event }) => event);
      findHits(aside, origin, known, round.hits);
    } else await copy(client, sound, origin, liveTable, { onProgress });
    onProgress();
    for (const { event } of round.rejected) countRejected(ofBody.get(event.body));
    await saveRejected(client, round.rejected, origin, { onProgress });
    await saveHits(client, round.hits, origin, { limit: options.hitLimit });
    onProgress();
  } while (!round.isLast);
  for (const result of fresh) result.stored = result.events - result.rejected;
  return { stored, hits: round.hits };
}

/**
 * The statement that notes bodies in the ledger, in the order of their hashes: two writers could wait for each other
 * otherwise. Where another connection is just storing one of them, it waits for the end of that. It answers with the
 * hashes of those that were not there; {@link readEntered} reads them.
 */
export function enterLedger(bodies: readonly ReceivedBody[], source: string): string {
  const name = pg.escapeLiteral(source);
  const rows = bodies
    .map(({ sha256, eventCount, bytes }) => ({ hash: sha256.toString('hex'), eventCount, size: bytes.length }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ hash, eventCount, size }) => `(${name}, '\\x${hash}', ${eventCount}, ${size})`);
  return `insert into testing.body_ledger (source, sha256, events, bytes) values ${rows.join(', ')}
    on conflict do nothing returning sha256`;
}

/** @returns of each body whether it was not there */
export function readEntered(bodies: readonly ReceivedBody[], rows: readonly { sha256: Buffer }[]): boolean[] {
  const fresh = new Set(rows.map(({ sha256 }) => sha256.toString('latin1')));
  return bodies.map(({ sha256 }) => fresh.has(sha256.toString('latin1')));
}

function createResult(body: ReceivedBody, isFresh: boolean): StoredBody {
  return { events: body.eventCount, stored: 0, repeated: !isFresh, unresolved: 0, rejected: 0, stagedAt: [] };
}

function countRejected(result: StoredBody | undefined): void {
  if (result) result.rejected += 1;
}

/** Resolves one event after the other: of large bodies nothing is kept. */
function* interpretBodies(
  bodies: readonly ReceivedBody[],
  ofBody: ReadonlyMap<Buffer | undefined, StoredBody>,
  { endpoints, agentOf }: StoreOptions,
): Generator<AuditEvent, void, undefined> {
  for (const body of bodies) {
    const result = ofBody.get(body.bytes);
    const everyNth = Math.ceil(body.eventCount / mostStageTimes);
    let number = 0;
    for (const slice of body.cutEvents()) {
      const event = interpretEvent(body.bytes, slice, endpoints.resolver, agentOf);
      if (result && event.endpoint === null) result.unresolved += 1;
      if (result && slice.stagedAt !== null && number % everyNth === 0) result.stagedAt.push(slice.stagedAt);
      number += 1;
      yield event;
    }
  }
}

/** What is written in one go. */
interface Round {
  rejected: Rejected[];
  hits: Hits;
  isLast: boolean;
}

const notedEvents = 256;

/** Takes events until they are at an end or there is enough to be written. Yields those that PostgreSQL is offered. */
function* takeRound(
  events: Generator<AuditEvent, void, undefined>,
  round: Round,
  { mostEvents, noteHits }: { mostEvents: number; noteHits: (events: AuditEvent[]) => void },
): Generator<AuditEvent, void, undefined> {
  let some: AuditEvent[] = [];
  let taken = 0;
  while (taken < mostEvents && round.rejected.length < mostKept && round.hits.size < mostKept) {
    const { value: event, done } = events.next();
    if (done) {
      round.isLast = true;
      break;
    }
    taken += 1;
    some.push(event);
    if (some.length === notedEvents) {
      noteHits(some);
      some = [];
    }
    const { flaw } = event.slice;
    if (flaw) round.rejected.push({ event, ...flaw });
    else yield event;
  }
  noteHits(some);
}

/** Events that were forgotten before they came are stored, hidden, and prove nothing. */
function shows(forgotten: ForgottenMarks, storedAt: number): (event: AuditEvent) => boolean {
  // Of set-aside events nobody keeps when they were requested.
  return (event) => !forgotten.hides(event, event.slice.flaw ? null : event.slice.requestedAt, storedAt);
}
