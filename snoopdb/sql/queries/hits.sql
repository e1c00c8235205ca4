-- $1: the release to compare with; $2: agents; $3: a source or null; $4: a release whose hits alone are looked at, or null.
with hit as (
  select endpoint, useragent, source, first_seen_at
    from testing.endpoint_hit
   where useragent = any ($2)
     and ($3::text is null or source = $3)
     and ($4::text is null or ((release::public.semver).major, (release::public.semver).minor)
                            = (($4::public.semver).major, ($4::public.semver).minor))
  union all
  select endpoint, useragent, source, first_seen_at
    from public.endpoint_hit
   where useragent = any ($2) and ($3::text is null or source = $3) and ($4::text is null or release = $4)
), used as (
  select endpoint, array_agg(distinct useragent collate "C" order by useragent collate "C") as agents,
         array_agg(distinct source collate "C" order by source collate "C") as sources,
         min(first_seen_at) as first_seen_at
    from hit
   group by endpoint
), cluster_endpoint as (
  select distinct on (endpoint) endpoint, level, deprecated
    from testing.cluster_endpoint
   order by endpoint, removed_at is not null, source
)
select used.endpoint, coalesce(api.level, cluster.level) as level, coalesce(api.deprecated, cluster.deprecated) as deprecated,
       coverage.tested, coverage.conf_tested as "confTested", api.endpoint is not null as "inRelease",
       used.agents, used.sources,
       to_char(used.first_seen_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstSeenAt"
  from used
  left join public.open_api as api on api.release = $1 and api.endpoint = used.endpoint
  left join public.endpoint_coverage as coverage on coverage.release = $1 and coverage.endpoint = used.endpoint
  left join cluster_endpoint as cluster on cluster.endpoint = used.endpoint
 order by used.endpoint collate "C"
