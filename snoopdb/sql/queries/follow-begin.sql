-- Where to start following events: existing ids among the newest $1. Missing ids may still be committed.
with newest as materialized (
  select max(id) as id from testing.held_event
), near as materialized (
  select event.id
    from newest
   cross join lateral (
     select held.id from testing.held_event as held where held.id between newest.id - $1::bigint and newest.id order by held.id
   ) as event
)
select (select database::text from testing.epoch) as database,
       coalesce((select id from newest), 0) as "newestId",
       (select coalesce(json_agg(id order by id), '[]') from near) as near,
       (select coalesce(array_agg(distinct virtualtransaction), '{}')
          from pg_catalog.pg_locks
         where locktype = 'relation' and relation = 'testing.held_event'::regclass and mode = 'RowExclusiveLock' and granted
           and database = (select oid from pg_catalog.pg_database where datname = current_database())) as writers
