-- testing.projected_change_in_coverage, asked of the events.
with tested as (
  select distinct endpoint from public.audit_event
   where test_hit and is_hit and release = (select public.baseline_release())
), hit as (
  select distinct endpoint from testing.held_event where useragent like 'live-test%' and is_hit
), counted as (
  select count(*) as total, count(tested.endpoint) as old, count(coalesce(tested.endpoint, hit.endpoint)) as new
    from public.open_api as api
    left join tested on tested.endpoint = api.endpoint
    left join hit on hit.endpoint = api.endpoint
   where api.release = (select public.baseline_release()) and not api.deprecated
)
select 'test_coverage' as category, total as total_endpoints, old as old_coverage, new as new_coverage,
       new - old as change_in_number
  from counted
