import type { Pool, PoolClient } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { recountQuota } from '../hits/recount-quota.ts';
import { transact, withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { attachNextPartition, listPartitions, sealPartition } from './partitions.ts';
import { matchRun, type RemovalProgress, removeForgotten } from './removal.ts';
import { withUpkeepLock } from './upkeep-lock.ts';

/** What to remove: a run, an agent (without test name), or all events stored before now. */
export type Removable = { run: string } | { agent: string } | { all: true };

export interface RemovableCounts {
  /** Number of audit events, including rejected ones; an estimate for `all`. */
  events: number;
  requests: number | null;
  /** Rows of testing.endpoint_hit that may be removed; those that other events prove stay. */
  hits: number;
  runs: number;
}

export interface Reset {
  forgottenAt: Date;
  /** Number of removed hits. */
  hits: number;
  /** Number of removed runs. */
  runs: number;
  /** Number of removed events. */
  removed: number;
}

/** Counts what {@link resetLive} would remove, for a confirmation. */
export async function countRemovable(pool: Pool, what: Removable): Promise<RemovableCounts> {
  if ('all' in what) return countEverything(pool);
  const [value, runs] = 'run' in what ? [matchRun(what.run), what.run] : [what.agent, what.agent];
  const live = 'run' in what || what.agent.startsWith('live-test');
  const condition = `${live ? "useragent like 'live%' and " : ''}${
    'run' in what ? 'audit_id like $1' : 'testing.agent_name(useragent) = $1'
  }`;
  const rejected = 'run' in what ? 'audit_id like $1' : 'testing.agent_name(useragent) = $1';
  const found = await pool.query<RemovableCounts>(
    `with event as (
       select audit_id, is_hit, source, endpoint, testing.agent_name(useragent) as agent, test from testing.audit_event where ${condition}
       union all
       select audit_id, is_hit, source, endpoint, testing.agent_name(useragent), test from testing.rejected_event where ${rejected})
     select count(*)::integer as events, count(distinct audit_id)::integer as requests,
            ${'run' in what ? `count(distinct (source, endpoint, agent, test)) filter (where is_hit)` : `(select count(*) from testing.endpoint_hit where useragent = $2)`}::integer as hits,
            (select count(*)::integer from testing.run where ${'run' in what ? 'id' : 'agent'} = $2) as runs
       from event`,
    [value, runs],
  );
  return found.rows[0] ?? { events: 0, requests: 0, hits: 0, runs: 0 };
}

async function countEverything(pool: Pool): Promise<RemovableCounts> {
  const partitions = await listPartitions(pool);
  const found = await pool.query<{ rejected: number; hits: number; runs: number }>(
    `select (select count(*)::integer from testing.rejected_event) as rejected,
            (select count(*)::integer from testing.endpoint_hit) as hits,
            (select count(*)::integer from testing.run) as runs`,
  );
  const { rejected = 0, hits = 0, runs = 0 } = found.rows[0] ?? {};
  const rows = partitions.reduce((total, partition) => total + partition.rows, 0);
  return { events: rows + rejected, requests: null, hits, runs };
}

/**
 * Removes live events and the hits that only they prove. A mark hides them at once, and also events that arrive later; rows
 * are then removed, a few thousand at a time. After an interruption the next reset or {@link runLiveTableUpkeep} continues.
 * Hits recorded under `other`, beyond an agent's quota, stay.
 * @throws SnoopDbError `bad_run` for an invalid id of a run
 */
export async function resetLive(
  pool: Pool,
  what: Removable,
  options: { onProgress?: (progress: RemovalProgress) => void; signal?: AbortSignal } = {},
): Promise<Reset> {
  if ('run' in what && (what.run === '' || what.run.includes('.'))) {
    throw new SnoopDbError('bad_run', `"${what.run}" is not the id of a run. An id is not empty and has no dot.`);
  }
  const marked =
    'all' in what
      ? await markEverything(pool, options.signal)
      : await withTransaction(pool, (client) => mark(client, what));
  const removed = await withUpkeepLock(pool, 'wait', options.signal, (client) => removeForgotten(client, options));
  return { ...marked, removed: removed ?? 0 };
}

type Marked = Omit<Reset, 'removed'>;

/** Seals the current partition, so that all partitions up to it can be dropped. */
async function markEverything(pool: Pool, signal: AbortSignal | undefined): Promise<Marked> {
  const marked = await withUpkeepLock(pool, 'wait', signal, (client) =>
    transact(client, async () => {
      await client.query(lockHitsExclusive());
      await attachNextPartition(client);
      const current = (await listPartitions(client)).find((partition) => partition.state === 'current');
      if (current && current.rows > 0) {
        await sealPartition(client, current);
        await attachNextPartition(client);
      }
      return insertMark(client, { all: true });
    }),
  );
  if (!marked) throw new Error('Waiting for the upkeep lock ended without it.');
  return marked;
}

async function mark(client: PoolClient, what: Removable): Promise<Marked> {
  await client.query(lockHitsExclusive());
  return insertMark(client, what);
}

async function insertMark(client: PoolClient, what: Removable): Promise<Marked> {
  const run = 'run' in what ? what.run : null;
  const agent = 'agent' in what ? what.agent : null;
  const inserted = await client.query<{ forgotten_at: Date }>(
    `insert into testing.forgotten (run, agent, below_id)
     values ($1, $2, (select last_value + is_called::integer from testing.held_event_id)) returning forgotten_at`,
    [run, agent],
  );
  const forgottenAt = inserted.rows[0]?.forgotten_at;
  if (!forgottenAt) throw new Error('An insert returns its row.');
  const hits = await deleteHits(client, run, agent);
  const runs = await client.query(
    `delete from testing.run where case when $1::text is not null then id = $1
       else imported_at is null and started_at < $3 and ($2::text is null or agent = $2) end`,
    [run, agent, forgottenAt],
  );
  await client.query(readQuerySql('remove-unused-sources'));
  // Deleting hits, above, has changed the epoch, so writers clear their caches of sources too.
  if (run === null && agent === null) await client.query('delete from testing.named_source');
  await recountQuota(client);
  return { forgottenAt, hits, runs: runs.rowCount ?? 0 };
}

async function deleteHits(client: PoolClient, run: string | null, agent: string | null): Promise<number> {
  if (run !== null) {
    const counts = await client.query<{ deleted: number }>(readQuerySql('remove-run-hits'), [matchRun(run)]);
    return counts.rows[0]?.deleted ?? 0;
  }
  await client.query(
    'delete from testing.dropped_partition_request where $1::text is null or live_agent = left($1, 200)',
    [agent],
  );
  const deleted = await client.query('delete from testing.endpoint_hit where $1::text is null or useragent = $1', [
    agent,
  ]);
  return deleted.rowCount ?? 0;
}
