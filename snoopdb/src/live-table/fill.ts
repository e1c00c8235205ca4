import type { SourceLimits } from '../hits/source-limits.ts';
import type { Queryable } from '../postgres/database.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { type HeldPartition, listPartitions } from './partitions.ts';

/** Size of the live table. */
export interface LiveFill {
  /** Number of audit events; for the partition being written, the number of assigned ids. */
  rows: number;
  /** With indexes. */
  bytes: number;
  /** When the oldest and the newest event were stored; null: no events. */
  oldestAt: Date | null;
  newestAt: Date | null;
  partitions: HeldPartition[];
  /** Dropped partitions and their events. */
  dropped: { partitions: number; rows: number };
  /** Bounds and time of the last upkeep; null: it has not run yet. */
  bounds: (SourceLimits & { maxRows: number; maxBytes: number; maxAgeMs: number; keptAt: Date }) | null;
  /** Hashes of stored bodies; `rows` is PostgreSQL's estimate. */
  ledger: { rows: number; bytes: number; oldestAt: Date | null };
  /** Rejected events. */
  rejected: { rows: number; bytes: number; oldestAt: Date | null };
  /** Number of marks whose hidden events are not yet removed. */
  forgottenLeft: number;
  /** Number of sources named by senders, and of their rows of hits. */
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

/** Reads the size of the live table, in a time that does not depend on the number of events. */
export async function readLiveFill(pool: Queryable): Promise<LiveFill> {
  const partitions = await listPartitions(pool);
  const found = await pool.query<FillRow>(readQuerySql('live-fill'));
  const row = found.rows[0];
  if (!row) throw new Error('The query live-fill returned no row.');
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
