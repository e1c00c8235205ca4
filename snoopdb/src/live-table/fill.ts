import type { SourceLimits } from '../hits/source-limits.ts';
import type { Queryable } from '../postgres/database.ts';
import { readQuerySql } from '../postgres/query-file.ts';
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
  const found = await pool.query<FillRow>(readQuerySql('live-fill'));
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
