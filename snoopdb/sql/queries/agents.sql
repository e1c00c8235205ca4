-- Clients and how many endpoints each hit. $1: a source or null; $2: a release or null.
select useragent as agent,
       array_agg(distinct case when live then 'live' else 'loaded' end order by case when live then 'live' else 'loaded' end) as seen,
       count(distinct identity collate "C")::integer as endpoints, count(distinct source)::integer as sources,
       to_char(min(first_seen_at) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstSeenAt"
  from testing.identified_hit
 where ($1::text is null or source = $1)
   and ($2::text is null
        or case when live then ((release::public.semver).major, (release::public.semver).minor)
                             = (($2::public.semver).major, ($2::public.semver).minor)
                else release = $2 end)
 group by useragent
 order by endpoints desc, useragent collate "C"
