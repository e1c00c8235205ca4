import type { SourceLimits } from '../hits/source-limits.ts';
import type { Queryable } from '../postgres/database.ts';
import { type HeldPartition, listPartitions } from './partitions.ts';

/** How full the live table is. */
export interface LiveFill {
  /** Audit events held; those of the partition that is written to are told by the numbers given out. */
  rows: number;
  /** With indexes. */
  bytes: number;
  /** When the oldest and the newest event were stored; null when there is none. */
  oldestAt: Date | null;
  newestAt: Date | null;
  partitions: HeldPartition[];
  /** What went with dropped partitions. */
  dropped: { partitions: number; rows: number };
  /** What it was last held to, and when; null: nothing looked after it yet. */
  bounds: (SourceLimits & { maxRows: number; maxBytes: number; maxAgeMs: number; keptAt: Date }) | null;
  /** The bodies that are known as committed; `rows` is PostgreSQL's estimate. */
  ledger: { rows: number; bytes: number; oldestAt: Date | null };
  /** Quarantine. */
  rejected: { rows: number; bytes: number; oldestAt: Date | null };
  /** What was forgotten and is hidden, and not removed yet. */
  forgottenLeft: number;
  /** Sources that senders named, and the rows of hits that these have made together. */
  named: { sources: number; hits: number };
}

const question = `
  select (select ingested_at at time zone 'utc' from testing.held_event order by id limit 1) as "oldestAt",
         (select ingested_at at time zone 'utc' from testing.held_event order by id desc limit 1) as "newestAt",
         (select count(*)::integer from testing.held_partition where dropped_at is not null) as "droppedPartitions",
         (select coalesce(sum(rows), 0)::float8 from testing.held_partition where dropped_at is not null) as "droppedRows",
         (select greatest(reltuples, 0)::float8 from pg_class where oid = 'testing.body_ledger'::regclass) as "ledgerRows",
         pg_total_relation_size('testing.body_ledger')::float8 as "ledgerBytes",
         (select min(stored_at) from testing.body_ledger) as "ledgerOldestAt",
         (select count(*)::float8 from testing.held_rejection) as "rejectedRows",
         pg_total_relation_size('testing.held_rejection')::float8 as "rejectedBytes",
         (select rejected_at from testing.held_rejection order by id limit 1) as "rejectedOldestAt",
         (select count(*)::integer from testing.forgotten where removed_at is null) as "forgottenLeft",
         (select count(*)::integer from testing.named_source) as "namedSources",
         (select coalesce(sum(hits), 0)::float8 from testing.hit_quota join testing.named_source using (source)) as "namedHits",
         (select max_rows::float8 from testing.live_upkeep) as "maxRows",
         (select max_bytes::float8 from testing.live_upkeep) as "maxBytes",
         (select extract(epoch from max_age)::float8 * 1000 from testing.live_upkeep) as "maxAgeMs",
         (select max_sources::float8 from testing.live_upkeep) as "maxSources",
         (select max_hits::float8 from testing.live_upkeep) as "maxHits",
         (select kept_at from testing.live_upkeep) as "keptAt"`;

interface FillRow {
  oldestAt: Date | null;
  newestAt: Date | null;
  droppedPartitions: number;
  droppedRows: number;
  ledgerRows: number;
  ledgerBytes: number;
  ledgerOldestAt: Date | null;
  rejectedRows: number;
  rejectedBytes: number;
  rejectedOldestAt: Date | null;
  forgottenLeft: number;
  namedSources: number;
  namedHits: number;
  maxSources: number | null;
  maxHits: number | null;
  maxRows: number | null;
  maxBytes: number | null;
  maxAgeMs: number | null;
  keptAt: Date | null;
}

/** Asks how full the live table is; as quick with millions of events as with none. */
export async function readLiveFill(pool: Queryable): Promise<LiveFill> {
  const partitions = await listPartitions(pool);
  const found = await pool.query<FillRow>(question);
  const row = found.rows[0];
  if (!row) throw new Error('A question without a condition has one row.');
  const { maxRows, maxBytes, maxAgeMs, maxSources, maxHits, keptAt } = row;
  const isKept = maxRows !== null && maxBytes !== null && maxAgeMs !== null && keptAt !== null;
  const known = isKept && maxSources !== null && maxHits !== null;
  return {
    rows: sum(partitions, 'rows'),
    bytes: sum(partitions, 'bytes'),
    oldestAt: row.oldestAt,
    newestAt: row.newestAt,
    partitions,
    dropped: { partitions: row.droppedPartitions, rows: row.droppedRows },
    bounds: known ? { maxRows, maxBytes, maxAgeMs, maxSources, maxHits, keptAt } : null,
    ledger: { rows: row.ledgerRows, bytes: row.ledgerBytes, oldestAt: row.ledgerOldestAt },
    rejected: { rows: row.rejectedRows, bytes: row.rejectedBytes, oldestAt: row.rejectedOldestAt },
    forgottenLeft: row.forgottenLeft,
    named: { sources: row.namedSources, hits: row.namedHits },
  };
}

function sum(partitions: readonly HeldPartition[], what: 'rows' | 'bytes'): number {
  return partitions.reduce((total, partition) => total + partition[what], 0);
}
