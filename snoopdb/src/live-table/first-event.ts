import type { Queryable } from '../postgres/database.ts';
import { readQuerySql } from '../postgres/query-file.ts';

/** Transactions that write at once store their events a little out of order. */
const outOfOrder = 10_000;

/**
 * Finds an id below which no live event was stored at this time or later; a few events from there on may be older. A binary
 * search over the ids: an index on the time would slow down every event that is stored.
 * @returns null if there is no live event
 */
export async function findFirstEventId(client: Queryable, since: Date): Promise<number | null> {
  const found = await client.query<{ id: string | null }>(readQuerySql('first-event-since'), [since]);
  const id = found.rows[0]?.id ?? null;
  return id === null ? null : Math.max(0, Number(id) - outOfOrder);
}
