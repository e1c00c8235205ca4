-- Endpoints of release $1 (or null), and those that only clusters have.
select endpoint, method, path, level, deprecated, kind, tested, conf_tested as "confTested", unknown
  from (
    select api.endpoint, api.method, api.path, api.level, api.deprecated, api.k8s_kind as kind,
           coverage.tested, coverage.conf_tested, coverage.unknown
      from public.open_api as api
      left join public.endpoint_coverage as coverage using (release, endpoint)
     where release = $1
    union all
    select distinct on (method, public.path_shape(path)) endpoint, method, path, level, deprecated, k8s_kind, null, null, null
      from testing.cluster_endpoint as served
     where removed_at is null
       and not exists (
         select from public.open_api as api
          where api.release = $1 and api.method = served.method
            and public.path_shape(api.path) = public.path_shape(served.path))
  ) as known
 order by deprecated, path collate "C", method
