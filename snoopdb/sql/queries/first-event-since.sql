-- The lowest id of the live events that were stored at $1 or later. Ids grow with the time of storing, but for batches that
-- are written at once, so a binary search reads a few dozen rows of the index. Null: there are none.
with recursive step as (
  select min(id) as low, max(id) + 1 as high from testing.held_event
  union all
  select case when probe.id < step.high and probe.ingested_at < $1::timestamptz at time zone 'utc' then probe.id + 1 else step.low end,
         case when probe.id < step.high and probe.ingested_at < $1::timestamptz at time zone 'utc' then step.high else middle.id end
    from step
   cross join lateral (select (step.low + step.high) / 2 as id) as middle
    left join lateral (
      select held.id, held.ingested_at from testing.held_event as held where held.id >= middle.id order by held.id limit 1
    ) as probe on true
   where step.low < step.high
)
select low as id from step where low >= high
