-- $1: the release to compare with; $2: agents; $3: a source or null; $4: a release whose hits alone are looked at, or null.
with known as (
  -- A name is that of one endpoint within a cluster, and of another one perhaps in the next, or in an older release.
  select distinct on (source, endpoint) source, endpoint, public.path_shape(path) as shape, level, deprecated,
         removed_at is not null as is_removed
    from testing.cluster_endpoint
   order by source, endpoint, removed_at is not null
), hit as (
  select live.endpoint, live.useragent, live.source, live.first_seen_at, known.shape
    from testing.endpoint_hit as live
    left join known on known.source = live.source and known.endpoint = live.endpoint
   where live.useragent = any ($2)
     and ($3::text is null or live.source = $3)
     and ($4::text is null or ((live.release::public.semver).major, (live.release::public.semver).minor)
                            = (($4::public.semver).major, ($4::public.semver).minor))
  union all
  select endpoint, useragent, source, first_seen_at, null
    from public.endpoint_hit
   where useragent = any ($2) and ($3::text is null or source = $3) and ($4::text is null or release = $4)
), placed as (
  select hit.endpoint, hit.useragent, hit.source, hit.first_seen_at, api.endpoint is not null as in_release,
         case when api.endpoint is null then hit.shape end as shape
    from hit
    left join public.open_api as api
      on api.release = $1 and api.endpoint = hit.endpoint and (hit.shape is null or hit.shape = public.path_shape(api.path))
), used as (
  select endpoint, in_release, shape, array_agg(distinct useragent collate "C" order by useragent collate "C") as agents,
         array_agg(distinct source collate "C" order by source collate "C") as sources,
         min(first_seen_at) as first_seen_at
    from placed
   group by endpoint, in_release, shape
), cluster_endpoint as (
  select distinct on (endpoint, shape) endpoint, shape, level, deprecated
    from known
   order by endpoint, shape, is_removed, source
)
select used.endpoint, coalesce(api.level, cluster.level) as level, coalesce(api.deprecated, cluster.deprecated) as deprecated,
       coverage.tested, coverage.conf_tested as "confTested", used.in_release as "inRelease",
       used.agents, used.sources,
       to_char(used.first_seen_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstSeenAt"
  from used
  left join public.open_api as api on used.in_release and api.release = $1 and api.endpoint = used.endpoint
  left join public.endpoint_coverage as coverage
    on used.in_release and coverage.release = $1 and coverage.endpoint = used.endpoint
  left join cluster_endpoint as cluster on cluster.endpoint = used.endpoint and cluster.shape = used.shape
 order by used.endpoint collate "C", used.shape collate "C"
