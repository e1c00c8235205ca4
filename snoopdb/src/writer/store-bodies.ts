import { type AgentReader, type AuditEvent, type EventOrigin, interpretEvent } from '../events/audit-event.ts';
import { EventBatcher } from '../events/event-batch.ts';
import type { ReceivedBody } from '../events/received-body.ts';
import { createHitFinder } from '../hits/find-hits.ts';
import type { Hits } from '../hits/hit.ts';
import type { KnownHits } from '../hits/known-hits.ts';
import { saveHits } from '../hits/save-hits.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { liveTables } from '../rows/event-tables.ts';
import { writeEvents } from '../rows/write-events.ts';
import { BodyTallies } from './body-result.ts';
import { type ForgottenMarks, readTransactionTime } from './forgotten-events.ts';

export interface StoreOptions {
  origin: EventOrigin;
  resolver: EndpointResolver;
  readAgent: AgentReader;
  known: KnownHits;
  forgotten: ForgottenMarks;
  /** Rows of hits that the agents of one class may have. */
  hitLimit: number;
  /** As for {@link writeEvents}. */
  takeApart: boolean;
  /** Told whenever the database did something. */
  onProgress: () => void;
}

/** So many new hits are kept in memory; then they are saved and forgotten. */
const mostHits = 10_000;

/**
 * Stores bodies of one source, which are in the ledger, within the client's transaction: events, rejected ones, hits.
 * @returns what became of each, and hits that are committed as soon as the transaction is
 */
export async function storeBodies(
  client: PoolClient,
  bodies: readonly ReceivedBody[],
  options: StoreOptions,
): Promise<{ tallies: BodyTallies; hits: Hits }> {
  const { origin, known, forgotten, takeApart, onProgress } = options;
  const tables = liveTables(origin);
  const tallies = new BodyTallies(bodies);
  const storedAt = forgotten.isEmpty ? 0 : await readTransactionTime(client);
  // Events that were forgotten before they came are stored, hidden, and prove nothing.
  const isShown = (event: AuditEvent, requestedAt: number | null): boolean =>
    forgotten.isEmpty || !forgotten.hides(event, requestedAt, storedAt);
  let finder = createHitFinder(origin, { known });
  const save = async (): Promise<void> => {
    await saveHits(client, finder.hits, origin, { limit: options.hitLimit });
    onProgress();
  };

  for (const events of interpretBodies(bodies, options)) {
    const { stored, rejected } = await writeEvents(client, events, tables, { takeApart, onProgress });
    onProgress();
    tallies.add(events, rejected);
    finder.add(stored.filter((event) => isShown(event, event.slice.requestedAt)));
    // Of rejected events nobody keeps when they were requested.
    finder.add(rejected.map(({ event }) => event).filter((event) => isShown(event, null)));
    if (finder.hits.size < mostHits) continue;
    await save();
    finder = createHitFinder(origin, { known });
  }
  await save();
  return { tallies, hits: finder.hits };
}

/** Cuts the events out of bodies and resolves them, a batch at a time: of large bodies nothing is kept. */
function* interpretBodies(
  bodies: readonly ReceivedBody[],
  { resolver, readAgent }: StoreOptions,
): Generator<AuditEvent[], void, undefined> {
  const batcher = new EventBatcher();
  for (const body of bodies) {
    for (const slice of body.cutEvents()) {
      const batch = batcher.add(interpretEvent(body.bytes, slice, resolver, readAgent));
      if (batch) yield batch;
    }
  }
  yield batcher.takeRest();
}
