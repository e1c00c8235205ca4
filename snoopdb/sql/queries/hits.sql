-- Endpoints that the agents $2 hit, compared with release $1. $3: only hits of this source, or null; $4: only hits of this
-- release, or null.
with asked as (
  select endpoint, path, deprecated, public.path_shape(path) as shape, method || ' /' || public.path_shape(path) as identity
    from public.open_api
   where release = $1
), chosen as (
  -- If an endpoint has two names, the one that requests resolve to.
  select distinct on (identity) identity, endpoint
    from asked
   order by identity, deprecated, path collate "C", endpoint collate "C"
), placed as (
  select hit.endpoint, hit.identity, hit.useragent, hit.source, hit.first_seen_at, coalesce(same.endpoint, chosen.endpoint) as in_release
    from testing.identified_hit as hit
    -- Methods are guessed if a release is known only from its coverage, so name and path are enough.
    left join asked as same on same.endpoint = hit.endpoint and substr(hit.identity, strpos(hit.identity, ' ')) = ' /' || same.shape
    left join chosen on chosen.identity = hit.identity
   where hit.useragent = any ($2)
     and ($3::text is null or hit.source = $3)
     and ($4::text is null
          or case when hit.live then ((hit.release::public.semver).major, (hit.release::public.semver).minor)
                                   = (($4::public.semver).major, ($4::public.semver).minor)
                  else hit.release = $4 end)
), used as (
  select in_release, case when in_release is null then identity end as identity, min(endpoint collate "C") as endpoint,
         array_agg(distinct useragent collate "C" order by useragent collate "C") as agents,
         array_agg(distinct source collate "C" order by source collate "C") as sources,
         min(first_seen_at) as first_seen_at
    from placed
   group by 1, 2
), cluster_endpoint as (
  select distinct on (identity) identity, level, deprecated
    from (select *, method || ' /' || public.path_shape(path) as identity from testing.cluster_endpoint) as known
   order by identity, removed_at is not null, source
)
select coalesce(used.in_release, used.endpoint) as endpoint, coalesce(api.level, cluster.level) as level,
       coalesce(api.deprecated, cluster.deprecated) as deprecated, coverage.tested, coverage.conf_tested as "confTested",
       used.in_release is not null as "inRelease", used.agents, used.sources,
       to_char(used.first_seen_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstSeenAt"
  from used
  left join public.open_api as api on api.release = $1 and api.endpoint = used.in_release
  left join public.endpoint_coverage as coverage on coverage.release = $1 and coverage.endpoint = used.in_release
  left join cluster_endpoint as cluster on cluster.identity = used.identity
 order by coalesce(used.in_release, used.endpoint) collate "C", used.identity collate "C" nulls first
