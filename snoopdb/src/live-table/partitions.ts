import type { Queryable } from '../postgres/database.ts';
import { readQuerySql } from '../postgres/query-file.ts';

/** As in 0006_live_events.sql. */
export const idsPerPartition = 1_000_000_000;

export interface HeldPartition {
  number: number;
  /** `current`: being written; `ahead`: the next one; `sealed`: full. */
  state: 'ahead' | 'current' | 'sealed';
  /** Number of assigned ids, including rolled back and removed events; of events once counted. */
  rows: number;
  /** With indexes. */
  bytes: number;
  createdAt: Date;
  sealedAt: Date | null;
  /** Whether `rows` was counted after it was sealed. */
  counted: boolean;
  /** Age of its newest event by the clock of the database; null: not counted yet. */
  newestAgeMs: number | null;
  /** Whether its drop has started: queries no longer see it. */
  detaching: boolean;
}

/** Lists existing partitions, oldest first, without reading events. */
export async function listPartitions(client: Queryable): Promise<HeldPartition[]> {
  const found = await client.query<{
    number: number;
    created_at: Date;
    sealed_at: Date | null;
    rows: string | null;
    bytes: string;
    newest_age_ms: number | null;
    detaching: boolean;
    next_id: string;
  }>(readQuerySql('list-partitions'));
  return found.rows.map((row) => {
    const next = Number(row.next_id);
    const current = Math.floor(next / idsPerPartition);
    const state = row.number > current ? 'ahead' : row.number === current ? 'current' : 'sealed';
    // Ids of the first partition start at 1.
    const given = state === 'current' ? next - Math.max(1, current * idsPerPartition) : 0;
    return {
      number: row.number,
      state,
      rows: state === 'sealed' ? Number(row.rows ?? 0) : given,
      bytes: Number(row.bytes),
      createdAt: row.created_at,
      sealedAt: row.sealed_at,
      counted: row.newest_age_ms !== null || (state === 'sealed' && row.rows === '0'),
      newestAgeMs: row.newest_age_ms,
      detaching: row.detaching,
    };
  });
}

/** Attaches partitions until one exists after the current one. */
export async function attachNextPartition(client: Queryable): Promise<void> {
  await client.query(
    `select testing.add_held_partition(number)
       from (select (last_value + is_called::integer) / ${idsPerPartition} + 1 as last from testing.held_event_id) as wanted,
            generate_series((select coalesce(max(number), -1) + 1 from testing.held_partition)::integer, last::integer) as number`,
  );
}

/**
 * Seals the current partition: new events go to the next one, which must be attached. Running transactions may still use
 * ids of the old one. Call it under the upkeep lock: two calls at once could set the sequence back.
 * @returns the number of the sealed partition
 */
export async function sealPartition(client: Queryable, current: HeldPartition): Promise<number> {
  const next = (current.number + 1) * idsPerPartition;
  await client.query(
    `update testing.held_partition set sealed_at = now(), rows = $2, bytes = $3 where number = $1 and sealed_at is null`,
    [current.number, current.rows, current.bytes],
  );
  await client.query('select setval($1, $2, false)', ['testing.held_event_id', next]);
  return current.number;
}

/** Partitions up to this size are read quickly. */
const smallPartitionBytes = 64 * 1024 ** 2;

/**
 * Whether a sealed partition can be counted without writing: the first reader of a new page writes hint bits, which costs as
 * much as storing the rows. Autovacuum does that later.
 */
export async function isCheapToCount(client: Queryable, number: number): Promise<boolean> {
  const found = await client.query<{ cheap: boolean }>(
    `select pg_relation_size(oid) <= ${smallPartitionBytes} or relallvisible >= 0.9 * greatest(relpages, 1)
            or exists (select from testing.held_partition
                        where number = $1 and sealed_at < now() - interval '1 hour') as cheap
       from pg_catalog.pg_class where oid = to_regclass('testing.held_event_${number}')`,
    [number],
  );
  return found.rows[0]?.cheap ?? false;
}

/** Counts a sealed partition and stores the counts. */
export async function countPartition(client: Queryable, number: number): Promise<void> {
  await client.query(
    `update testing.held_partition
        set (rows, bytes, oldest_at, newest_at) = (
              select count(*), pg_total_relation_size('testing.held_event_${number}'),
                     (select ingested_at at time zone 'utc' from testing.held_event_${number} order by id limit 1),
                     (select ingested_at at time zone 'utc' from testing.held_event_${number} order by id desc limit 1)
                from testing.held_event_${number}),
            sealed_at = coalesce(sealed_at, now())
      where number = $1`,
    [number],
  );
}
