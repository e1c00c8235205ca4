import type { Pool, PoolClient } from 'pg';
import { idsOfPartition } from '../live-table/partitions.ts';
import { withTransaction } from '../postgres/database.ts';

/** What came from a cluster so far. */
export interface ArrivedEvents {
  /** Audit events; each stage of a request is one. */
  count: number;
  /** Counting took too long: the number is an estimate, of all clusters. */
  estimated: boolean;
  /** When the newest event was stored; null when there is none, or when looking for it took too long. */
  lastAt: Date | null;
  /** How long ago that was by the clock of the database, in seconds; 0 for one that came while it was asked for. */
  lastAgeSeconds: number | null;
}

/**
 * How many audit events of a cluster are stored, and when the last one came.
 *
 * @param patienceMs how long each of the two questions may take; after that the answer is an estimate
 */
export async function askArrivedEvents(pool: Pool, source: string, patienceMs: number): Promise<ArrivedEvents> {
  const count = await askInTime(pool, patienceMs, (client) => countEvents(client, source));
  const last = await askInTime(pool, patienceMs, (client) => findLast(client, source));
  return {
    count: count ?? (await estimateEvents(pool)),
    estimated: count === null,
    lastAt: last?.at ?? null,
    lastAgeSeconds: last?.ageSeconds ?? null,
  };
}

/** null: it took too long. */
async function askInTime<T>(
  pool: Pool,
  patienceMs: number,
  question: (client: PoolClient) => Promise<T>,
): Promise<T | null> {
  try {
    return await withTransaction(pool, async (client) => {
      await client.query(`select set_config('statement_timeout', $1, true)`, [`${patienceMs}ms`]);
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

/** Of all clusters together, by the numbers that were given out: that needs no look at the events. */
async function estimateEvents(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ estimate: string }>(
    `select (next_id - greatest(1, next_id / ${idsOfPartition} * ${idsOfPartition})
             + (select coalesce(sum(rows), 0) from testing.held_partition where dropped_at is null))::bigint as estimate
       from (select last_value + is_called::integer as next_id from testing.held_event_id) as given`,
  );
  return Number(rows[0]?.estimate ?? 0);
}

async function findLast(client: PoolClient, source: string): Promise<{ at: Date; ageSeconds: number } | undefined> {
  const { rows } = await client.query<{ at: Date; ageSeconds: number }>(
    `select ingested_at at time zone 'utc' as at,
            greatest(0, extract(epoch from (clock_timestamp() at time zone 'utc') - ingested_at))::float8 as "ageSeconds"
       from testing.audit_event where source = $1 order by id desc limit 1`,
    [source],
  );
  return rows[0];
}
