-- Live hits that no event proves, and that are too new for the event to have been removed with a dropped partition or as
-- an old rejected event. Rows for agents beyond the quota are not checked.
with proof as (
  select source, release, endpoint, left(coalesce(testing.agent_name(useragent), ''), 1100) as agent, left(test, 1100) as test
    from (
      select source, release, endpoint, useragent, coalesce(test, '') as test
        from testing.audit_event where is_hit group by source, release, endpoint, useragent, coalesce(test, '')
      union
      select source, release, endpoint, useragent, coalesce(test, '') from testing.rejected_event where is_hit
    ) as sent
), gone as (
  select greatest(
           (select max(dropped_at) from testing.held_partition where rows > 0),
           (select rejections_until from testing.live_upkeep)) as until
)
select hit.source, hit.release, hit.endpoint, hit.useragent, hit.test
  from testing.endpoint_hit as hit
 where hit.first_seen_at > coalesce((select until from gone), '-infinity')
   and (hit.test is not null or hit.useragent <> testing.other_agent(hit.useragent))
   and not exists (
     select from proof
      where proof.source = hit.source and proof.release is not distinct from hit.release and proof.endpoint = hit.endpoint and proof.agent = hit.useragent
        and proof.test = coalesce(hit.test, ''))
