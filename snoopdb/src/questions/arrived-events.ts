import type { Pool, PoolClient } from 'pg';
import { idsPerPartition } from '../live-table/partitions.ts';
import { withTransaction } from '../postgres/database.ts';

/** Events received from a cluster so far. */
export interface ArrivedEvents {
  /** Number of audit events; each stage of a request is one. */
  count: number;
  /** Whether counting took too long, so that `count` is an estimate for all clusters. */
  estimated: boolean;
  /** When the newest event was stored; null: no event, or the query took too long. */
  lastAt: Date | null;
  /** Age of the newest event by the clock of the database, in seconds. */
  lastAgeSeconds: number | null;
}

/**
 * Counts the stored audit events of a cluster, and finds when the newest was stored.
 *
 * @param timeoutMs limit for each of the two queries; after that the count is an estimate
 */
export async function askArrivedEvents(pool: Pool, source: string, timeoutMs: number): Promise<ArrivedEvents> {
  const count = await askInTime(pool, timeoutMs, (client) => countEvents(client, source));
  const last = await askInTime(pool, timeoutMs, (client) => findLast(client, source));
  return {
    count: count ?? (await estimateEvents(pool)),
    estimated: count === null,
    lastAt: last?.at ?? null,
    lastAgeSeconds: last?.ageSeconds ?? null,
  };
}

/** @returns null: it took too long */
async function askInTime<T>(
  pool: Pool,
  timeoutMs: number,
  question: (client: PoolClient) => Promise<T>,
): Promise<T | null> {
  try {
    return await withTransaction(pool, async (client) => {
      await client.query(`select set_config('statement_timeout', $1, true)`, [`${timeoutMs}ms`]);
      return question(client);
    });
  } catch (error) {
    const wasCancelled = error instanceof Error && 'code' in error && error.code === '57014';
    if (!wasCancelled) throw error;
    return null;
  }
}

async function countEvents(client: PoolClient, source: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from testing.audit_event where source = $1', [
    source,
  ]);
  return Number(rows[0]?.count ?? 0);
}

/** Estimates the events of all clusters from the assigned ids, without reading events. */
async function estimateEvents(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ estimate: string }>(
    `select (next_id - greatest(1, next_id / ${idsPerPartition} * ${idsPerPartition})
             + (select coalesce(sum(rows), 0) from testing.held_partition where dropped_at is null))::bigint as estimate
       from (select last_value + is_called::integer as next_id from testing.held_event_id) as given`,
  );
  return Number(rows[0]?.estimate ?? 0);
}

async function findLast(client: PoolClient, source: string): Promise<{ at: Date; ageSeconds: number } | undefined> {
  const { rows } = await client.query<{ at: Date; ageSeconds: number }>(
    `select ingested_at at time zone 'utc' as at,
            extract(epoch from (now() at time zone 'utc') - ingested_at)::float8 as "ageSeconds"
       from testing.audit_event where source = $1 order by id desc limit 1`,
    [source],
  );
  return rows[0];
}
