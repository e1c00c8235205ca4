-- The sources of e2e hits of release $1. Published coverage has the runs it was made from, and no times of hits.
select hit.source, hit.last_hit as "lastHit", hit.source = $2 as "isPublished",
       case when hit.source = $2 then coalesce(data.sources, '{}') else '{}' end as runs,
       case when hit.source = $2 then to_char(data.release_date::timestamp, 'YYYY-MM-DD') end as "releaseDate"
  from (
    select source, max(first_seen_at) as last_hit
      from public.endpoint_hit where release = $1 and test_hit group by source
  ) as hit
  left join public.release_data as data on data.release = $1
 order by hit.source
