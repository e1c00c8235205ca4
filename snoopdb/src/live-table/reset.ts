import type { Pool, PoolClient } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { recountQuota } from '../hits/recount-quota.ts';
import { transact, withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { attachNextPartition, listPartitions, sealPartition } from './partitions.ts';
import { matchRun, type RemovalProgress, removeForgotten } from './removal.ts';
import { withUpkeepLock } from './upkeep-lock.ts';

/** What is to be forgotten: a run, an agent (without a test's name), or everything that came before now. */
export type Removable = { run: string } | { agent: string } | { all: true };

export interface RemovableCounts {
  /** Audit events, quarantine included; for everything an estimate. */
  events: number;
  requests: number | null;
  /** Rows of testing.endpoint_hit that may go: those that something else proves stay. */
  hits: number;
  runs: number;
}

export interface Reset {
  forgottenAt: Date;
  /** Hits that nothing proves any more. */
  hits: number;
  /** Rows of testing.run that were deleted. */
  runs: number;
  /** Events removed. */
  removed: number;
}

/** What a reset would forget, for people to look at before they say yes. */
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
 * Forgets live events and the hits that only they prove. They are hidden from the moment the mark is committed, and so
 * is what is delivered late; the rows are removed behind it, a few thousand at a time. When that is cut off, the next
 * reset or {@link runLiveTableUpkeep} goes on. Hits of an agent that went into the one `other` of a full quota stay.
 * @throws SnoopDbError `bad_run` for a run's id that no audit id can begin with
 */
export async function resetLive(
  pool: Pool,
  what: Removable,
  options: { onProgress?: (progress: RemovalProgress) => void; signal?: AbortSignal } = {},
): Promise<Reset> {
  if ('run' in what && (what.run === '' || what.run.includes('.'))) {
    throw new SnoopDbError('bad_run', `"${what.run}" is no run's id: ids are not empty and have no dot.`);
  }
  const marked =
    'all' in what
      ? await markEverything(pool, options.signal)
      : await withTransaction(pool, (client) => mark(client, what));
  const removed = await withUpkeepLock(pool, 'wait', options.signal, (client) => removeForgotten(client, options));
  return { ...marked, removed: removed ?? 0 };
}

type Marked = Omit<Reset, 'removed'>;

/** What comes later goes to the next partition, so that those before it can be dropped as they are. */
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
       else started_at < $3 and ($2::text is null or agent = $2) end`,
    [run, agent, forgottenAt],
  );
  // The deletion of hits, above, tells writers that they know none of them any more.
  if (run === null && agent === null) await client.query('delete from testing.named_source');
  await recountQuota(client);
  return { forgottenAt, hits, runs: runs.rowCount ?? 0 };
}

async function deleteHits(client: PoolClient, run: string | null, agent: string | null): Promise<number> {
  if (run !== null) {
    const judged = await client.query<{ deleted: number }>(readQuerySql('remove-run-hits'), [matchRun(run)]);
    return judged.rows[0]?.deleted ?? 0;
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
