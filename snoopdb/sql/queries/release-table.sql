-- Each endpoint of release $1, also deprecated ones, as its pages show it. $2: the release to compare with, or null.
with tests as (
  select endpoint, jsonb_agg(distinct test) filter (where test is not null) as tests, bool_or(test is null) as nameless
    from public.endpoint_hit where release = $1 and test_hit group by endpoint
), earlier as materialized (
  select distinct public.path_shape(path) as shape, method from public.open_api where release = $2
), stable_since as materialized (
  select endpoint, release from conformance.first_stable_release
)
select api.endpoint, api.method, api.path, api.level, api.category, api.k8s_group as "group", api.k8s_version as version,
       api.k8s_kind as kind, api.k8s_action as action, api.deprecated, api.description,
       coverage.tested, coverage.conf_tested as "confTested", coverage.unknown,
       eligibility.eligible, eligibility.reason, eligibility.link, eligibility.pending,
       case when api.level = 'stable' then stable_since.release end as "stableSince",
       case when $2::text is not null
            then not exists (select from earlier where earlier.method = api.method and earlier.shape = public.path_shape(api.path)) end as "isNew",
       coalesce(tests.tests, '[]') as tests, coalesce(tests.nameless, false) as "namelessHit"
  from public.open_api as api
  join conformance.endpoint_eligibility as eligibility using (release, endpoint)
  left join public.endpoint_coverage as coverage using (release, endpoint)
  left join tests using (endpoint)
  left join stable_since using (endpoint)
 where api.release = $1
 order by array_position(array['stable', 'beta', 'alpha'], api.level), api.category collate "C", api.k8s_kind collate "C" nulls last,
          api.endpoint collate "C"
