-- Events with ids in the ranges $1 (low) to $2 (high), sorted, and all ids from $3 on; at most $4 events.
-- One statement, so that all rows are of one snapshot; only the locks are read a moment later. A transaction that took ids
-- holds its lock on the table until it ends.
with held as materialized (
  select *
    from (
      -- The table, not the view testing.audit_event, which would be sorted completely before the first row is returned.
      select event.*
        from unnest($1::bigint[], $2::bigint[]) as range (low, high)
       cross join lateral (
         select * from testing.held_event where id between range.low and range.high order by id limit $4
       ) as event
      union all
      -- Not another range: for a constant the planner estimates the number of rows and reads only what it returns.
      (select * from testing.held_event where id >= $3::bigint order by id limit $4)
    ) as event
   order by id limit $4
), described as (
  -- Values chosen by senders are truncated, so that a thousand events fit into memory.
  select id, left(audit_id, 4096) as "auditId", left(stage, 4096) as stage, left(verb, 4096) as verb, code, endpoint, reason, ambiguous,
         left(useragent, 4096) as agent, left(test, 4096) as test, source,
         left(data -> 'user' ->> 'username', 4096) as user,
         testing.is_controller(useragent, data -> 'user' ->> 'username') as "isController",
         is_hit as "isHit", is_dry_run as "isDryRun", left(data ->> 'requestURI', 4096) as path,
         left(coalesce(data ->> 'stageTimestamp', data ->> 'timestamp'), 4096) as "stagedAt",
         to_char(ingested_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "storedAt",
         (select exists (select from testing.forgotten))
           and testing.is_forgotten(audit_id, useragent, requested_at, ingested_at) as "isForgotten"
    from held
)
select (select database::text from testing.epoch) as database,
       (select last_value from testing.held_event_id) as "lastId",
       (select coalesce(array_agg(distinct virtualtransaction), '{}')
          from pg_catalog.pg_locks
         where locktype = 'relation' and relation = 'testing.held_event'::regclass and mode = 'RowExclusiveLock' and granted
           and database = (select oid from pg_catalog.pg_database where datname = current_database())) as writers,
       (select coalesce(json_agg(described order by id), '[]') from described) as events
