-- testing.endpoint_hit_by_new_test, asked of the events.
with tested as (
  select distinct endpoint from public.audit_event
   where test_hit and is_hit and release = (select public.baseline_release())
), request as (
  select split_part(useragent, ' -- ', 1) as useragent, endpoint, count(distinct audit_id) as requests
    from testing.held_event
   where useragent like 'live-test%' and is_hit
   group by 1, 2
)
select request.useragent, request.endpoint, tested.endpoint is not null as hit_by_ete, request.requests as hit_by_new_test
  from request
  join public.open_api as api
    on api.endpoint = request.endpoint and api.release = (select public.baseline_release()) and not api.deprecated
  left join tested on tested.endpoint = request.endpoint
