-- Endpoints that tests hit in live clusters; $1: also live tests, not only e2e tests. Null in method and path: the cluster
-- no longer has the endpoint.
select hit.source, hit.release, hit.endpoint, place.method, place.path, bool_or(hit.conf_test_hit) as "confTested",
       coalesce(array_agg(distinct hit.test order by hit.test) filter (where hit.test is not null), '{}') as tests,
       max(hit.first_seen_at) as "lastHit"
  from testing.endpoint_hit as hit
  left join lateral (
    select own.method, own.path from testing.cluster_endpoint as own
     where own.source = hit.source and own.endpoint = hit.endpoint
    union all
    select baseline.method, baseline.path from testing.baseline_endpoint as baseline
     where baseline.endpoint = hit.endpoint and baseline.in_use
    limit 1
  ) as place on true
 where hit.test_hit or ($1 and hit.useragent like 'live-test%')
 group by hit.source, hit.release, hit.endpoint, place.method, place.path
 order by hit.source, hit.release, hit.endpoint
