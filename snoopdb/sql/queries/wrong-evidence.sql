-- Evidence of settled runs that differs from the stored events: rows whose event differs, or is missing though it cannot
-- have been removed with a dropped partition or as an old rejected event; and requests without evidence whose event was
-- stored long before the run was settled. An endpoint may be found later.
with gone as (
  select coalesce(greatest(
           (select max(dropped_at) from testing.held_partition where rows > 0),
           (select rejections_until from testing.live_upkeep)), '-infinity') as until
), found as materialized (
  select settled.id as run, settled.settled_at, event.*
    from testing.run as settled
   cross join lateral testing.match_run_events(settled.id, null) as event
   where settled.settled_at is not null and settled.imported_at is null and event.misfit is null
)
select kept.run, kept.audit_id, kept.stage, true as is_kept
  from testing.run_evidence as kept
  join testing.run on run.id = kept.run and run.imported_at is null
 cross join gone
  left join lateral (
    select bool_or((found.source, found.verb, found.code, found.is_dry_run) is not distinct from (kept.source, kept.verb, kept.code, kept.is_dry_run)
                   and (kept.endpoint is null or (found.endpoint, found.is_hit) is not distinct from (kept.endpoint, kept.is_hit))) as agrees
      from found
     where found.run = kept.run and found.audit_id = kept.audit_id and found.stage = kept.stage
  ) as compared on true
 where case when compared.agrees is null then kept.seen_at > gone.until else not compared.agrees end
union all
select found.run, found.audit_id, min(found.stage), false
  from found
 where found.decides and found.seen_at < found.settled_at - interval '1 minute'
   and not exists (
     select from testing.run_evidence as kept
      where kept.run = found.run and kept.audit_id = found.audit_id and kept.decides)
 group by found.run, found.audit_id
 order by 1, 2, 3
