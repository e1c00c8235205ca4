-- The endpoints of a loaded coverage file, $1 the release and $2 the source of published hits; names of tests are left
-- out. Endpoints whose coverage is unknown were not in the file.
select published.endpoint, published.level, count(hit.endpoint) > 0 as tested,
       coalesce(bool_or(hit.conf_test_hit), false) as conf_tested, '{}'::text[] as tests
  from public.published_level as published
  left join public.endpoint_hit as hit
    on hit.release = published.release and hit.endpoint = published.endpoint and hit.source = $2
 where published.release = $1
   and not exists (
     select from public.unknown_coverage as unknown
      where unknown.release = published.release and unknown.endpoint = published.endpoint)
 group by published.endpoint, published.level
