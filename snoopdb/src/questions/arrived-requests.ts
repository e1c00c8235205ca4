import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';

/** An event of a request, stored or rejected. */
export interface ArrivedRequest {
  readonly auditId: string;
  readonly source: string;
  readonly stage: string | null;
  readonly code: number | null;
  /** Path and query. */
  readonly requestUri: string | null;
  /** When the API server received the request, by its clock. */
  readonly requestedAt: Date | null;
  /** Why the event was rejected; null: it is stored. */
  readonly rejected: string | null;
}

/** Reads a position in the live events: events stored from now on are at or after it. */
export async function readEventPosition(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ position: string }>(
    'select last_value + is_called::integer as position from testing.held_event_id',
  );
  const [row] = rows;
  if (!row) throw new Error('The sequence testing.held_event_id returned no row.');
  return row.position;
}

/**
 * Finds the events of requests of any agent. Reads only events stored since the position, so it is fast if that is recent.
 *
 * @param position from {@link readEventPosition}, before the requests were sent
 */
export async function askArrivedRequests(
  pool: Pool,
  auditIds: readonly string[],
  position: string,
): Promise<ArrivedRequest[]> {
  const { rows } = await pool.query<ArrivedRequest>(readQuerySql('arrived-requests'), [position, auditIds]);
  return rows;
}
