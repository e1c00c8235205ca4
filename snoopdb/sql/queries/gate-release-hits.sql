-- Endpoints of release $1 that are not deprecated, with the e2e tests that hit them. Without those that no source could see:
-- for the gate, a list that lacks an endpoint cannot know it.
select api.endpoint, api.method, api.path, hit.endpoint is not null as tested,
       coalesce(hit.conf_tested, false) as "confTested", coalesce(hit.tests, '{}') as tests
  from public.open_api as api
  left join (
    select endpoint, bool_or(conf_test_hit) as conf_tested,
           array_agg(distinct test order by test) filter (where test is not null) as tests
      from public.endpoint_hit
     where release = $1 and test_hit
     group by endpoint
  ) as hit using (endpoint)
 where api.release = $1 and not api.deprecated
   and (hit.endpoint is not null
        or not exists (
          select from public.unknown_coverage as not_seen
           where not_seen.release = $1 and not_seen.endpoint = api.endpoint))
 order by api.endpoint
