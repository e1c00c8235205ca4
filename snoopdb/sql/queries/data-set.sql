-- Endpoints of release $1 that are not deprecated, and the tests of source $2 (null: all sources) that hit them. "unknown": no
-- source could see the endpoint.
select api.endpoint, api.level, api.category, hit.endpoint is not null as tested,
       coalesce(hit.conf_tested, false) as "confTested", coalesce(hit.tests, '{}') as tests,
       coalesce(hit.nameless, false) as "namelessHit",
       hit.endpoint is null and exists (
         select from public.unknown_coverage as not_seen
          where not_seen.release = $1 and not_seen.endpoint = api.endpoint) as unknown
  from public.open_api as api
  left join (
    select endpoint, bool_or(conf_test_hit) as conf_tested,
           array_agg(distinct test) filter (where test is not null) as tests, bool_or(test is null) as nameless
      from public.endpoint_hit
     where release = $1 and test_hit and ($2::text is null or source = $2)
     group by endpoint
  ) as hit using (endpoint)
 where api.release = $1 and not api.deprecated
