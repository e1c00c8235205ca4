import type { PoolClient } from 'pg';
import { transact } from '../postgres/database.ts';
import { dropPartition } from './drop-partition.ts';
import { idsPerPartition, listPartitions } from './partitions.ts';

/** A mark in testing.forgotten whose hidden events are not yet removed. */
interface Mark {
  id: string;
  run: string | null;
  agent: string | null;
  belowId: string;
  sweptId: string;
}

export interface RemovalProgress {
  /** Number of events removed so far. */
  removed: number;
}

const batchRows = 2000;

/**
 * Removes the events hidden by marks, a few thousand at a time, and continues where an earlier call stopped. Call it under
 * the upkeep lock. Events that arrive later stay hidden until their partition is dropped.
 * @param options.until checked after each batch; true: stop
 * @returns the number of removed events
 */
export async function removeForgotten(
  client: PoolClient,
  options: { onProgress?: (progress: RemovalProgress) => void; signal?: AbortSignal; until?: () => boolean } = {},
): Promise<number> {
  let removed = 0;
  const count = (rows: number): boolean => {
    removed += rows;
    options.onProgress?.({ removed });
    options.signal?.throwIfAborted();
    return options.until?.() ?? false;
  };
  for (const mark of await readMarks(client)) {
    if (mark.run === null && mark.agent === null) {
      if (await dropAll(client, mark, count)) return removed;
    } else if (await removeRows(client, mark, count)) return removed;
    await removeRejections(client, mark);
    await client.query('update testing.forgotten set removed_at = now() where id = $1', [mark.id]);
  }
  return removed;
}

async function readMarks(client: PoolClient): Promise<Mark[]> {
  const found = await client.query<Mark>(
    `select id, run, agent, coalesce(below_id, 9223372036854775807) as "belowId", swept_id as "sweptId"
       from testing.forgotten where removed_at is null order by id`,
  );
  return found.rows;
}

/** Drops the partitions whose events are all hidden. */
async function dropAll(client: PoolClient, mark: Mark, count: (rows: number) => boolean): Promise<boolean> {
  for (const { number, state } of await listPartitions(client)) {
    if (state !== 'sealed' || (number + 1) * idsPerPartition > Number(mark.belowId)) continue;
    if (count(await dropPartition(client, number))) return true;
  }
  return false;
}

/** @returns whether it was stopped */
async function removeRows(client: PoolClient, mark: Mark, count: (rows: number) => boolean): Promise<boolean> {
  let swept: string | null = mark.sweptId;
  while (swept !== null) {
    const after: string = swept;
    const batch = await transact(client, () => removeBatch(client, mark, after));
    swept = batch.swept;
    if (count(batch.removed) && swept !== null) return true;
  }
  return false;
}

/** Removes one batch. Live agents are found by an index, others by scanning the events. */
async function removeBatch(
  client: PoolClient,
  mark: Mark,
  after: string,
): Promise<{ removed: number; swept: string | null }> {
  const { condition, values, indexed } = selectRows(mark);
  if (indexed) {
    const ids = await client.query<{ id: string }>(
      `select id from testing.held_event where ${condition} limit ${batchRows}`,
      values,
    );
    await remove(
      client,
      ids.rows.map((row) => row.id),
    );
    return { removed: ids.rows.length, swept: ids.rows.length < batchRows ? null : after };
  }
  const walked = await client.query<{ last: string | null; rows: string; ids: string[] }>(
    `select max(id) as last, count(*) as rows, coalesce(array_agg(id) filter (where ${condition}), '{}') as ids
       from (select * from testing.held_event where id > $2 and id < $3 order by id limit ${batchRows * 5}) as event`,
    [...values, after, mark.belowId],
  );
  const { last = null, rows = '0', ids = [] } = walked.rows[0] ?? {};
  await remove(client, ids);
  if (last !== null) await client.query('update testing.forgotten set swept_id = $2 where id = $1', [mark.id, last]);
  return { removed: ids.length, swept: Number(rows) < batchRows * 5 ? null : last };
}

/** LIKE pattern of a run's Audit-IDs. */
export function matchRun(run: string): string {
  return `${run.replace(/[\\%_]/g, '\\$&')}.%`;
}

function selectRows(mark: Mark): { condition: string; values: string[]; indexed: boolean } {
  if (mark.run !== null) {
    return { condition: `useragent like 'live%' and audit_id like $1`, values: [matchRun(mark.run)], indexed: true };
  }
  const agent = mark.agent ?? '';
  const condition = `testing.agent_name(useragent) = $1 and testing.is_forgotten(audit_id, useragent, requested_at, ingested_at)`;
  const live = agent.startsWith('live-test');
  return { condition: live ? `useragent like 'live%' and ${condition}` : condition, values: [agent], indexed: live };
}

async function remove(client: PoolClient, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query(
    `with gone as (delete from testing.held_event where id = any ($1) returning id / ${idsPerPartition} as number)
     update testing.held_partition as partition set rows = partition.rows - counted.rows
       from (select number, count(*) as rows from gone group by number) as counted
      where partition.number = counted.number and partition.newest_at is not null`,
    [ids],
  );
}

/** In one statement: the number of rejected events is bounded. */
async function removeRejections(client: PoolClient, mark: Mark): Promise<void> {
  await client.query(
    `delete from testing.held_rejection
      where ($1::text is null or split_part(audit_id, '.', 1) = $1)
        and ($2::text is null or testing.agent_name(useragent) = $2)
        and testing.is_forgotten(audit_id, useragent, null, rejected_at at time zone 'utc')`,
    [mark.run, mark.agent],
  );
}
