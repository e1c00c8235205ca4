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
import { liveTables } from '../rows/event-tables.ts';
import type { RejectedEvent } from '../rows/rejected-event.ts';
import { withEventTable } from '../rows/write-events.ts';
import { BodyTallies } from './body-result.ts';
import { type ForgottenMarks, readTransactionTime } from './forgotten-events.ts';
import { HeadSuspects } from './head-suspects.ts';

export interface StoreOptions {
  origin: EventOrigin;
  resolver: EndpointResolver;
  readAgent: AgentReader;
  known: KnownHits;
  forgotten: ForgottenMarks;
  /** Rows of hits that the agents of one class may have. */
  hitLimit: number;
  /** Rows of hits that the sources which senders named may have together. */
  maxNamedHits: number;
  /** As for {@link withEventTable}. */
  takeApart: boolean;
  /** Told whenever the database did something. */
  onProgress: () => void;
}

/** So many rejected events, or hits that are new, are kept in memory; then they are written and forgotten. */
const mostKept = 10_000;
const mostHitCharacters = 4 * 1024 * 1024;
/** Events that are read and sent at once: what is made of them is soon forgotten. */
const batchBytes = 256 * 1024;

/**
 * Stores bodies of one source, which are in the ledger, within the client's transaction: events, rejected ones, hits.
 * @returns what became of each, hits that are committed as soon as the transaction is, and the audit ids of events that
 *   may be of a HEAD, see {@link HeadSuspects}
 */
export async function storeBodies(
  client: PoolClient,
  bodies: readonly ReceivedBody[],
  options: StoreOptions,
): Promise<{ tallies: BodyTallies; hits: Hits; suspects: HeadSuspects }> {
  const { origin, known, forgotten, takeApart, onProgress } = options;
  const tables = liveTables(origin);
  const tallies = new BodyTallies(bodies);
  const suspects = new HeadSuspects();
  const storedAt = forgotten.isEmpty ? 0 : await readTransactionTime(client);
  // Events that were forgotten before they came are stored, hidden, and prove nothing.
  const isShown = (event: AuditEvent, requestedAt: number | null): boolean =>
    forgotten.isEmpty || !forgotten.hides(event, requestedAt, storedAt);
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
          all.length < mostKept && hits.size < mostKept && finder.characters < mostHitCharacters;
        while (batch && hasRoom()) {
          const written = await write(batch);
          tallies.add(batch, written.rejected);
          suspects.add(batch);
          finder.add(written.stored.filter((event) => isShown(event, event.slice.requestedAt)));
          // Of rejected events nobody keeps when they were requested.
          finder.add(written.rejected.map(({ event }) => event).filter((event) => isShown(event, null)));
          all.push(...written.rejected);
          batch = batches.next().value;
        }
        return all;
      },
      { takeApart, onProgress },
    );
    await copyInto(client, tables.rejected, rejected, { onProgress });
    await saveHits(client, hits, origin, { limit: options.hitLimit, maxNamed: options.maxNamedHits });
    onProgress();
  }
  return { tallies, hits, suspects };
}

/** Cuts the events out of bodies and resolves them, a batch at a time: of large bodies nothing is kept. */
function* interpretBodies(
  bodies: readonly ReceivedBody[],
  { resolver, readAgent }: StoreOptions,
): Generator<AuditEvent[], undefined> {
  const batcher = new EventBatcher(batchBytes);
  for (const body of bodies) {
    for (const slice of body.cutEvents()) {
      const batch = batcher.add(interpretEvent(body.bytes, slice, resolver, readAgent));
      if (batch) yield batch;
    }
  }
  const rest = batcher.takeRest();
  if (rest.length > 0) yield rest;
}
