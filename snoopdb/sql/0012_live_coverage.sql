create index endpoint_hit_live on testing.endpoint_hit (endpoint, useragent) where useragent like 'live-test%';
comment on index testing.endpoint_hit_live is 'What live tests hit, among the hits of all clients';

create view testing.untested_stable_endpoint as
  select coverage.*, eligibility.eligible
    from public.endpoint_coverage as coverage
    join conformance.endpoint_eligibility as eligibility
      on eligibility.release = coverage.release and eligibility.endpoint = coverage.endpoint
   where coverage.release = (select public.baseline_release())
     and coverage.level = 'stable'
     and not coverage.tested;
comment on view testing.untested_stable_endpoint is 'Stable endpoints of the baseline that no e2e test hits';
comment on column testing.untested_stable_endpoint.release is 'The baseline';
comment on column testing.untested_stable_endpoint.endpoint is 'The operationId';
comment on column testing.untested_stable_endpoint.level is 'stable';
comment on column testing.untested_stable_endpoint.category is 'core, apps, networking …';
comment on column testing.untested_stable_endpoint.path is 'The path with its parameters in braces';
comment on column testing.untested_stable_endpoint.description is 'What the OpenAPI document says about it';
comment on column testing.untested_stable_endpoint.kind is 'The kind it works on';
comment on column testing.untested_stable_endpoint.version is 'API version of the kind';
comment on column testing.untested_stable_endpoint."group" is 'API group of the kind; empty for core';
comment on column testing.untested_stable_endpoint.action is 'get, list, post, put, patch, delete, deletecollection, connect …';
comment on column testing.untested_stable_endpoint.tested is 'false';
comment on column testing.untested_stable_endpoint.conf_tested is 'false';
comment on column testing.untested_stable_endpoint.tests is 'Empty';
comment on column testing.untested_stable_endpoint.eligible is 'Whether it can have a conformance test; null: no list of ineligible endpoints is loaded';

create view testing.endpoint_hit_by_new_test as
  with marked as (
    select exists (select from testing.forgotten) as any_mark
  ), counted as (
    select live_agent, endpoint, sum(requests) as requests
      from (
        -- As long as nothing was forgotten the index alone answers, in its order.
        select live_agent, endpoint, count(distinct audit_id) as requests
          from testing.held_event
         where live_agent is not null and is_hit and not (select any_mark from marked)
         group by live_agent, endpoint
        union all
        select live_agent, endpoint, requests
          from (
            select live_agent, endpoint, count(distinct audit_id) as requests
              from testing.audit_event
             where live_agent is not null and is_hit
             group by live_agent, endpoint
            -- offset 0: counted in this branch only when it is run.
            offset 0
          ) as unmarked
         where (select any_mark from marked)
        union all
        -- Requests of which only what was set aside proves a hit.
        select left(split_part(useragent, ' -- ', 1), 200), endpoint, count(distinct audit_id)
          from testing.rejected_event as aside
         where useragent like 'live-test%' and is_hit
           and not exists (
             select from testing.audit_event as held
              where held.audit_id = aside.audit_id and held.useragent like 'live%' and held.endpoint = aside.endpoint
                and held.is_hit and held.live_agent = left(split_part(aside.useragent, ' -- ', 1), 200))
         group by 1, 2
        union all
        select live_agent, endpoint, requests from testing.dropped_request
      ) as held_and_dropped
     group by live_agent, endpoint
  ), hit as (
    select distinct useragent, endpoint from testing.endpoint_hit where useragent like 'live-test%'
  )
  select hit.useragent, hit.endpoint, coverage.tested as hit_by_ete, coalesce(counted.requests, 0)::bigint as hit_by_new_test
    from hit
    join public.endpoint_coverage as coverage
      on coverage.release = (select public.baseline_release()) and coverage.endpoint = hit.endpoint
    left join counted on counted.live_agent = left(hit.useragent, 200) and counted.endpoint = hit.endpoint;
comment on view testing.endpoint_hit_by_new_test is 'Endpoints of the baseline that live tests hit with success';
comment on column testing.endpoint_hit_by_new_test.useragent is 'The test agent, without the test''s name';
comment on column testing.endpoint_hit_by_new_test.endpoint is 'The endpoint';
comment on column testing.endpoint_hit_by_new_test.hit_by_ete is 'Whether an e2e test hits it';
comment on column testing.endpoint_hit_by_new_test.hit_by_new_test is 'Number of requests with success; those of dropped partitions were counted when these were dropped';

create view testing.projected_change_in_coverage as
  with endpoint as (
    select coverage.tested,
           exists (
             select from testing.endpoint_hit as hit
              where hit.endpoint = coverage.endpoint and hit.useragent like 'live-test%'
           ) as hit
      from public.endpoint_coverage as coverage
     where coverage.release = (select public.baseline_release())
  ), total as (
    select count(*) as total_endpoints,
           count(*) filter (where tested) as old_coverage,
           count(*) filter (where tested or hit) as new_coverage
      from endpoint
  )
  select 'test_coverage'::text as category, total_endpoints, old_coverage, new_coverage,
         new_coverage - old_coverage as change_in_number
    from total;
comment on view testing.projected_change_in_coverage is 'How many more endpoints of the baseline would be tested if the live tests were e2e tests';
comment on column testing.projected_change_in_coverage.category is 'test_coverage';
comment on column testing.projected_change_in_coverage.total_endpoints is 'Endpoints of the baseline that are not deprecated';
comment on column testing.projected_change_in_coverage.old_coverage is 'Those an e2e test hits';
comment on column testing.projected_change_in_coverage.new_coverage is 'Those an e2e test or a live test hits';
comment on column testing.projected_change_in_coverage.change_in_number is 'The difference';
