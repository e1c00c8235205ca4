-- $1: a source or null; $2: a release or null. Each client, and how many endpoints it hit.
with hit as (
  select useragent, endpoint, source, first_seen_at, 'live' as seen
    from testing.endpoint_hit
   where ($1::text is null or source = $1)
     and ($2::text is null or ((release::public.semver).major, (release::public.semver).minor)
                            = (($2::public.semver).major, ($2::public.semver).minor))
  union all
  select useragent, endpoint, source, first_seen_at, 'loaded'
    from public.endpoint_hit
   where ($1::text is null or source = $1) and ($2::text is null or release = $2)
)
select useragent as agent, array_agg(distinct seen order by seen) as seen,
       count(distinct endpoint)::integer as endpoints, count(distinct source)::integer as sources,
       to_char(min(first_seen_at) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstSeenAt"
  from hit
 group by useragent
 order by count(distinct endpoint) desc, useragent collate "C"
