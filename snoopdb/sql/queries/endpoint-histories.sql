-- The endpoints of release $1 in all loaded releases, by method and path. Methods are guessed if a release is known only from
-- its coverage, so name and path are enough.
with asked as materialized (
  select endpoint, method, public.path_shape(path) as shape from public.open_api where release = $1
), every as materialized (
  select release, endpoint, method, deprecated, public.path_shape(path) as shape from public.open_api
)
select distinct on (asked.endpoint, every.release)
       asked.endpoint, every.release, every.deprecated, coverage.tested, coverage.conf_tested as "confTested"
  from asked
  join every on every.shape = asked.shape and (every.method = asked.method or every.endpoint = asked.endpoint)
  left join public.endpoint_coverage as coverage on coverage.release = every.release and coverage.endpoint = every.endpoint
 order by asked.endpoint, every.release, every.endpoint = asked.endpoint desc, every.deprecated, every.endpoint
