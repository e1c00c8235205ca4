-- The partitions of the live table that are not dropped, in order.
select number, created_at, sealed_at, rows, coalesce(pg_total_relation_size(partition.oid), 0) as bytes,
       extract(epoch from now() - newest_at)::float8 * 1000 as newest_age_ms,
       coalesce(inherits.inhdetachpending, true) as detaching,
       (select last_value + is_called::integer from testing.held_event_id) as next_id
  from testing.held_partition
  left join pg_catalog.pg_class as partition
    on partition.relname = 'held_event_' || number and partition.relnamespace = 'testing'::regnamespace
  left join pg_catalog.pg_inherits as inherits on inherits.inhrelid = partition.oid
 where dropped_at is null
 order by number
