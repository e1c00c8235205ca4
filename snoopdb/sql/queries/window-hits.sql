-- Requests in windows (as in window-count.sql) with an endpoint: how many of each agent, test and endpoint succeeded, and
-- how many failed with which code. A request is counted once, whatever stages it has.
with request as (
  select held.source, held.audit_id, held.endpoint, min(held.useragent collate "C") as agent, min(held.test collate "C") as test,
         bool_or(held.test_hit) as test_hit, bool_or(held.is_hit) as hit, max(held.code) as code, bool_or(held.is_dry_run) as dry_run
    from unnest($2::text[], $3::text[], $4::text[]) as "window" (source, after, until)
    join testing.held_event as held
      on held.source = "window".source and held.id >= $1::bigint
     and (held.data ->> 'stageTimestamp') collate "C" > "window".after
     and (held.data ->> 'stageTimestamp') collate "C" <= "window".until
   where held.endpoint is not null
     and not ((select exists (select from testing.forgotten))
              and testing.is_forgotten(held.audit_id, held.useragent, held.requested_at, held.ingested_at))
   group by held.source, held.audit_id, held.endpoint
)
select coalesce(agent, '') as agent, test, test_hit as "isTest", endpoint, hit as "isHit",
       case when hit then null when dry_run then 'dry run' else coalesce(code::text, 'no answer') end as code,
       count(*)::integer as requests
  from request
 group by 1, 2, 3, 4, 5, 6
 order by 1, 2 nulls first, 4, 5, 6
