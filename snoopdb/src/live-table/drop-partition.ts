import type { PoolClient } from 'pg';
import { transact } from '../postgres/database.ts';
import { lockHitsShared } from '../postgres/locks.ts';
import { idsPerPartition } from './partitions.ts';

/** SQL for the requests of live tests whose last successful event is in a partition, without hidden events. */
function selectRequestCounts(number: number): string {
  return `
    select live_agent, source, endpoint, count(distinct audit_id) as requests
      from testing.held_event_${number} as event
     where live_agent is not null and is_hit
       and not testing.is_forgotten(audit_id, useragent, requested_at, ingested_at)
       and not exists (
         select from testing.held_event as later
          where later.audit_id = event.audit_id and later.useragent like 'live%' and later.is_hit
            and later.id >= ${(number + 1) * idsPerPartition})
     group by live_agent, source, endpoint
    -- Only requests with a hit are shown; agents beyond the quota of hits must not fill this table either.
    having exists (
      select from testing.endpoint_hit as hit
       where hit.endpoint = event.endpoint and hit.source = event.source and hit.useragent like 'live-test%' and left(hit.useragent, 200) = event.live_agent)`;
}

/**
 * Drops a sealed partition without blocking readers or writers. The counts of live test requests stay right at every
 * moment. After an interruption the next call continues.
 * @param client a connection without a transaction
 * @returns the number of dropped events
 */
export async function dropPartition(client: PoolClient, number: number): Promise<number> {
  const attached = await client.query<{ inhdetachpending: boolean }>(
    `select inhdetachpending from pg_catalog.pg_inherits where inhrelid = to_regclass('testing.held_event_${number}')`,
  );
  const detaching = attached.rows[0]?.inhdetachpending;
  if (detaching === false) {
    await saveRequestCounts(client, number);
    await client.query(`alter table testing.held_event detach partition testing.held_event_${number} concurrently`);
  } else if (detaching) {
    await client.query(`alter table testing.held_event detach partition testing.held_event_${number} finalize`);
  }
  return removeTable(client, number);
}

/** Saves the counts before the partition is detached, so that sums are right from the moment on when it is invisible. */
function saveRequestCounts(client: PoolClient, number: number): Promise<void> {
  return transact(client, async () => {
    await client.query(lockHitsShared());
    await client.query('delete from testing.dropped_partition_request where partition = $1', [number]);
    await client.query(
      `insert into testing.dropped_partition_request (partition, live_agent, source, endpoint, requests)
       select ${number}, live_agent, source, endpoint, requests from (${selectRequestCounts(number)}) as counted`,
    );
  });
}

/** Counts the detached table, which can no longer change, and drops it. */
function removeTable(client: PoolClient, number: number): Promise<number> {
  return transact(client, async () => {
    await client.query(lockHitsShared());
    const left = await client.query(`select to_regclass('testing.held_event_${number}') is not null as there`);
    let rows = 0;
    if (left.rows[0]?.there) {
      await client.query('delete from testing.dropped_partition_request where partition = $1', [number]);
      await client.query(
        `insert into testing.dropped_partition_request as known (partition, live_agent, source, endpoint, requests)
         select -1, live_agent, source, endpoint, requests from (${selectRequestCounts(number)}) as counted
             on conflict (partition, live_agent, source, endpoint) do update set requests = known.requests + excluded.requests`,
      );
      const counted = await client.query<{ rows: string }>(
        `update testing.held_partition
            set (rows, oldest_at, newest_at) = (
                  select count(*), min(ingested_at) at time zone 'utc', max(ingested_at) at time zone 'utc'
                    from testing.held_event_${number}),
                bytes = pg_total_relation_size('testing.held_event_${number}')
          where number = $1 returning rows`,
        [number],
      );
      rows = Number(counted.rows[0]?.rows ?? 0);
      await client.query(`drop table testing.held_event_${number}`);
    }
    await client.query(
      `update testing.held_partition set dropped_at = now(), sealed_at = coalesce(sealed_at, now()) where number = $1`,
      [number],
    );
    return rows;
  });
}
