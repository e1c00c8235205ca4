import type { Pool, PoolClient } from 'pg';
import { limitPartition, type LiveBounds } from './bounds.ts';
import { dropPartition } from './drop-partition.ts';
import { type LiveFill, readLiveFill } from './fill.ts';
import {
  attachNextPartition,
  countPartition,
  type HeldPartition,
  isCheapToCount,
  listPartitions,
  sealPartition,
} from './partitions.ts';
import { removeForgotten } from './removal.ts';
import { trimLedger, trimRejections } from './trimming.ts';
import { withUpkeepLock } from './upkeep-lock.ts';

/** Size of the live table after the upkeep, and what was done. */
export interface UpkeepResult extends LiveFill {
  /** Numbers of the partitions sealed now. */
  sealed: number[];
  /** `now`: numbers of the partitions dropped now. */
  dropped: LiveFill['dropped'] & { now: number[] };
  /** Whether another process was running the upkeep, so that this call did nothing. */
  busy: boolean;
}

/** Limit for removing hidden events, so that bounds are checked often enough. */
const removalMs = 5_000;
/** If readers take longer, the partition is dropped in the next run. */
const lockTimeoutMs = 30_000;

/**
 * Keeps the live events within bounds: seals a partition that is large or old enough, drops the oldest while a bound is
 * exceeded, and removes old rows of the ledger, old rejected events and hidden events. Does not block readers or writers.
 * One process at a time runs it; others return at once with `busy`. Work that an earlier call left unfinished is continued.
 * @param signal ends it between two steps; the next call continues
 * @param keepsLedger called while the ledger is trimmed; true: keep all of it, since bodies older than the bound may still
 *   be repeated
 * @throws the signal's reason
 */
export async function runLiveTableUpkeep(
  pool: Pool,
  bounds: LiveBounds,
  signal?: AbortSignal,
  keepsLedger: () => boolean = () => false,
): Promise<UpkeepResult> {
  const done = await withUpkeepLock(pool, 'skip', signal, async (client) => {
    await client.query(`set lock_timeout = ${lockTimeoutMs}`);
    try {
      return await runSteps(client, bounds, keepsLedger, signal);
    } finally {
      await client.query('reset lock_timeout').catch(() => {});
    }
  });
  const fill = await readLiveFill(pool);
  return {
    ...fill,
    sealed: done?.sealed ?? [],
    dropped: { ...fill.dropped, now: done?.dropped ?? [] },
    busy: done === null,
  };
}

async function runSteps(
  client: PoolClient,
  bounds: LiveBounds,
  keepsLedger: () => boolean,
  signal: AbortSignal | undefined,
): Promise<{ sealed: number[]; dropped: number[] }> {
  await saveBounds(client, bounds);
  await attachNextPartition(client);
  const sealed = await sealFullPartition(client, bounds);
  signal?.throwIfAborted();
  await countSealedPartitions(client);
  signal?.throwIfAborted();
  const dropped = await dropPartitionsBeyondBounds(client, bounds, signal);
  await trimLedger(client, bounds, keepsLedger, signal);
  await trimRejections(client, bounds, signal);
  const end = performance.now() + removalMs;
  await removeForgotten(client, { ...(signal && { signal }), until: () => performance.now() > end });
  return { sealed, dropped };
}

async function saveBounds(client: PoolClient, bounds: LiveBounds): Promise<void> {
  await client.query(
    `insert into testing.live_upkeep (max_rows, max_bytes, max_age, max_sources, max_hits)
       values ($1, $2, make_interval(secs => $3), $4, $5)
       on conflict (only_row) do update
       set max_rows = excluded.max_rows, max_bytes = excluded.max_bytes, max_age = excluded.max_age,
           max_sources = excluded.max_sources, max_hits = excluded.max_hits, kept_at = now()`,
    [bounds.maxRows, bounds.maxBytes, bounds.maxAgeMs / 1000, bounds.maxSources, bounds.maxHits],
  );
}

async function sealFullPartition(client: PoolClient, bounds: LiveBounds): Promise<number[]> {
  const limit = limitPartition(bounds);
  const current = (await listPartitions(client)).find((partition) => partition.state === 'current');
  if (!current || current.rows === 0) return [];
  const full =
    current.rows >= limit.rows || current.bytes >= limit.bytes || (await isOld(client, current, limit.ageMs));
  if (!full) return [];
  const number = await sealPartition(client, current);
  await attachNextPartition(client);
  return [number];
}

async function isOld(client: PoolClient, { number }: HeldPartition, ageMs: number): Promise<boolean> {
  const found = await client.query<{ old: boolean }>(
    `select ingested_at at time zone 'utc' < now() - make_interval(secs => $1) as old
       from testing.held_event_${number} order by id limit 1`,
    [ageMs / 1000],
  );
  return found.rows[0]?.old ?? false;
}

async function countSealedPartitions(client: PoolClient): Promise<void> {
  for (const { number, state, counted, detaching } of await listPartitions(client)) {
    if (state !== 'sealed' || counted || detaching) continue;
    // Transactions that still write to it hold this lock until they end.
    const writing = await client.query(
      `select from pg_catalog.pg_locks where relation = to_regclass('testing.held_event_${number}') and mode = 'RowExclusiveLock'`,
    );
    if (writing.rowCount === 0 && (await isCheapToCount(client, number))) await countPartition(client, number);
  }
}

/** Drops the oldest first, and finishes drops that were started before. */
async function dropPartitionsBeyondBounds(
  client: PoolClient,
  bounds: LiveBounds,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const dropped: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const partitions = await listPartitions(client);
    const victim = partitions.find((one) => one.detaching) ?? findPartitionToDrop(partitions, bounds);
    if (!victim) return dropped;
    try {
      await dropPartition(client, victim.number);
    } catch (error) {
      // A long reader holds the lock. The next call continues.
      if (error instanceof Error && 'code' in error && error.code === '55P03') return dropped;
      throw error;
    }
    dropped.push(victim.number);
  }
}

function findPartitionToDrop(partitions: readonly HeldPartition[], bounds: LiveBounds): HeldPartition | undefined {
  const oldest = partitions.find((one) => one.state === 'sealed');
  if (!oldest) return undefined;
  const rows = partitions.reduce((total, one) => total + one.rows, 0);
  const bytes = partitions.reduce((total, one) => total + one.bytes, 0);
  const isOld = oldest.newestAgeMs !== null && oldest.newestAgeMs > bounds.maxAgeMs;
  const isEmpty = oldest.counted && oldest.rows === 0;
  return rows > bounds.maxRows || bytes > bounds.maxBytes || isOld || isEmpty ? oldest : undefined;
}
