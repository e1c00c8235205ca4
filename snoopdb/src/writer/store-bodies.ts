import { type AgentReader, type AuditEvent, type EventOrigin, interpretEvent } from '../events/audit-event.ts';
import { EventBatcher } from '../events/event-batch.ts';
import type { ReceivedBody } from '../events/received-body.ts';
import { createHitFinder } from '../hits/find-hits.ts';
import type { Hits } from '../hits/hit.ts';
import type { KnownHits } from '../hits/known-hits.ts';
import { saveHits } from '../hits/save-hits.ts';
import { copyInto } from '../postgres/binary-copy.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { createLiveTables } from '../rows/event-tables.ts';
import type { RejectedEvent } from '../rows/rejected-event.ts';
import { withEventTable } from '../rows/write-events.ts';
import { BodyCounts } from './body-result.ts';
import { type RemovalMarks, readTransactionTime } from './removal-marks.ts';
import { HeadCandidates } from './head-candidates.ts';

export interface StoreOptions {
  origin: EventOrigin;
  resolver: EndpointResolver;
  readAgent: AgentReader;
  known: KnownHits;
  removalMarks: RemovalMarks;
  /** Rows of hits for one class of agents. */
  hitLimit: number;
  /** Rows of hits for all sources that senders named. */
  maxNamedHits: number;
  /** See {@link withEventTable}. */
  isolateRejected: boolean;
  /** Called whenever the database made progress. */
  onProgress: () => void;
}

/** Limits for rejected events and new hits in memory; beyond them they are written. */
const maxKept = 10_000;
const maxHitCharacters = 4 * 1024 * 1024;
/** Small, so that the objects of a batch are collected soon. */
const batchBytes = 256 * 1024;

/**
 * Stores new bodies of one source within the client's transaction: events, rejected events, hits.
 * @returns the counts of each body, hits that are committed with the transaction, and events that may be a HEAD, see
 *   {@link HeadCandidates}
 */
export async function storeBodies(
  client: PoolClient,
  bodies: readonly ReceivedBody[],
  options: StoreOptions,
): Promise<{ counts: BodyCounts; hits: Hits; candidates: HeadCandidates }> {
  const { origin, known, removalMarks, isolateRejected, onProgress } = options;
  const tables = createLiveTables(origin);
  const counts = new BodyCounts(bodies);
  const candidates = new HeadCandidates();
  const storedAt = removalMarks.isEmpty ? 0 : await readTransactionTime(client);
  // Events of removed requests are stored, hidden, and prove nothing.
  const isShown = (event: AuditEvent, requestedAt: number | null): boolean =>
    removalMarks.isEmpty || !removalMarks.hides(event, requestedAt, storedAt);
  const batches = interpretBodies(bodies, options);
  let batch = batches.next().value;
  let hits: Hits = new Map();
  while (batch) {
    const finder = createHitFinder(origin, { known });
    hits = finder.hits;
    const rejected = await withEventTable(
      client,
      tables,
      async (write) => {
        const all: RejectedEvent[] = [];
        const hasRoom = (): boolean =>
          all.length < maxKept && hits.size < maxKept && finder.characters < maxHitCharacters;
        while (batch && hasRoom()) {
          const written = await write(batch);
          counts.add(batch, written.rejected);
          candidates.add(batch);
          finder.add(written.stored.filter((event) => isShown(event, event.slice.requestedAt)));
          // Rejected events have no request time.
          finder.add(written.rejected.map(({ event }) => event).filter((event) => isShown(event, null)));
          all.push(...written.rejected);
          batch = batches.next().value;
        }
        return all;
      },
      { isolateRejected, onProgress },
    );
    await copyInto(client, tables.rejected, rejected, { onProgress });
    await saveHits(client, hits, origin, { limit: options.hitLimit, maxNamed: options.maxNamedHits });
    onProgress();
  }
  return { counts, hits, candidates };
}

/** Yields the resolved events of bodies in batches; events of large bodies are not kept. */
function* interpretBodies(
  bodies: readonly ReceivedBody[],
  { resolver, readAgent }: StoreOptions,
): Generator<AuditEvent[], undefined> {
  const batcher = new EventBatcher(batchBytes);
  for (const body of bodies) {
    for (const slice of body.sliceEvents()) {
      const batch = batcher.add(interpretEvent(body.bytes, slice, resolver, readAgent));
      if (batch) yield batch;
    }
  }
  const rest = batcher.flush();
  if (rest.length > 0) yield rest;
}
