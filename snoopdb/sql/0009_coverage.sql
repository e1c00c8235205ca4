create view public.endpoint_coverage as
  select api.release, api.endpoint, api.level, api.category, api.path, api.description,
         api.k8s_kind as kind, api.k8s_version as version, api.k8s_group as "group", api.k8s_action as action,
         -- Without coverage, or if no source could see the endpoint, it is unknown: null, not false.
         case when hit.endpoint is not null then true when not_seen.endpoint is null and covered.release is not null then false end as tested,
         case when hit.endpoint is not null then hit.conf_tested when not_seen.endpoint is null and covered.release is not null then false end as conf_tested,
         coalesce(hit.tests, '{}') as tests,
         case when hit.endpoint is null then not_seen.reason end as unknown
    from public.open_api as api
    left join public.endpoint_tested as hit on hit.release = api.release and hit.endpoint = api.endpoint
    left join public.covered_release as covered on covered.release = api.release
    left join public.unknown_coverage as not_seen on not_seen.release = api.release and not_seen.endpoint = api.endpoint
   where not api.deprecated;
comment on view public.endpoint_coverage is 'Endpoints of each release that are not deprecated, and the e2e tests that hit them. Live work never changes it';
comment on column public.endpoint_coverage.release is 'X.Y.Z';
comment on column public.endpoint_coverage.endpoint is 'The operationId';
comment on column public.endpoint_coverage.level is 'stable, beta or alpha';
comment on column public.endpoint_coverage.category is 'core, apps, networking …';
comment on column public.endpoint_coverage.path is 'The path with its parameters in braces';
comment on column public.endpoint_coverage.description is 'What the OpenAPI document says about it';
comment on column public.endpoint_coverage.kind is 'The kind it works on';
comment on column public.endpoint_coverage.version is 'API version of the kind';
comment on column public.endpoint_coverage."group" is 'API group of the kind; empty for core';
comment on column public.endpoint_coverage.action is 'get, list, post, put, patch, delete, deletecollection, connect …';
comment on column public.endpoint_coverage.tested is 'Whether an e2e test hit it; null: no coverage of the release is loaded, or it is unknown';
comment on column public.endpoint_coverage.conf_tested is 'Whether a conformance test hit it; null: no coverage of the release is loaded, or it is unknown';
comment on column public.endpoint_coverage.tests is 'Names of the e2e tests that hit it, sorted, without nulls';
comment on column public.endpoint_coverage.unknown is 'Why the loaded coverage cannot tell whether tests hit it; null: it can';

create view conformance.endpoint_eligibility as
  -- Materialized, so that lists are looked up once per release, not per endpoint.
  with lists as materialized (
    select release, conformance.list_release('ineligible', release) as ineligible,
           conformance.list_release('pending', release) as pending
      from public.release_data
  )
  select api.release, api.endpoint,
         case
           when api.deprecated or api.level <> 'stable' then false
           -- Without any list of ineligible endpoints it is unknown: null.
           when lists.ineligible is not null then listed.endpoint is null
         end as eligible,
         coalesce(
           listed.reason,
           case when api.deprecated then 'it is deprecated' when api.level <> 'stable' then 'it is ' || api.level
                when lists.ineligible is null then 'unknown: no list of ineligible endpoints is loaded' end
         ) as reason,
         listed.link,
         pending.endpoint is not null as pending
    from public.open_api as api
    left join lists on lists.release = api.release
    left join conformance.listed_ineligible as listed
      on listed.release = lists.ineligible and listed.endpoint = api.endpoint
    left join conformance.listed_pending as pending
      on pending.release = lists.pending and pending.endpoint = api.endpoint;
comment on view conformance.endpoint_eligibility is 'Whether an endpoint can have a conformance test, and if not, why. All queries for eligible endpoints use this view';
comment on column conformance.endpoint_eligibility.release is 'X.Y.Z';
comment on column conformance.endpoint_eligibility.endpoint is 'The endpoint';
comment on column conformance.endpoint_eligibility.eligible is 'Stable, not deprecated, not on the list of ineligible endpoints; null: no such list is loaded';
comment on column conformance.endpoint_eligibility.reason is 'Why it is not eligible; null: it is';
comment on column conformance.endpoint_eligibility.link is 'Where that was decided; null: not decided by a list';
comment on column conformance.endpoint_eligibility.pending is 'Whether a conformance test is in progress, from the list of pending endpoints';

create view public.audit_event_test as
  with lists as materialized (
    select release, conformance.list_release('tests', release) as list from public.release_data
  ), seen as (
    select release, test, bool_or(conf_test_hit) as conformance_test
      from public.endpoint_hit
     where test_hit and test is not null
     group by release, test
  )
  select seen.release, seen.test, seen.conformance_test,
         listed.testname, listed.file, listed.promoted_in as promotion_release
    from seen
    left join lists on lists.release = seen.release
    left join conformance.listed_test as listed on listed.release = lists.list and listed.codename = seen.test;
comment on view public.audit_event_test is 'E2e tests seen in a release, with their entries in the list of conformance tests';
comment on column public.audit_event_test.release is 'X.Y.Z';
comment on column public.audit_event_test.test is 'Full name of the test';
comment on column public.audit_event_test.conformance_test is 'Whether it is a conformance test';
comment on column public.audit_event_test.testname is 'Its title; null: not listed';
comment on column public.audit_event_test.file is 'Its source file; null: not listed';
comment on column public.audit_event_test.promotion_release is 'The release in which it was promoted; null: not listed';

create view testing.untested_stable_endpoint as
  select coverage.release, coverage.endpoint, coverage.level, coverage.category, coverage.path, coverage.description,
         coverage.kind, coverage.version, coverage."group", coverage.action, coverage.tested, coverage.conf_tested,
         coverage.tests, eligibility.eligible
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
        -- Without marks in testing.forgotten the index alone answers, in its order.
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
            -- offset 0: counts only if this branch runs.
            offset 0
          ) as unmarked
         where (select any_mark from marked)
        union all
        -- Requests whose hit only a rejected event proves.
        select left(split_part(useragent, ' -- ', 1), 200), endpoint, count(distinct audit_id)
          from testing.rejected_event as rejected
         where useragent like 'live-test%' and is_hit
           and not exists (
             select from testing.audit_event as held
              where held.audit_id = rejected.audit_id and held.useragent like 'live%' and held.endpoint = rejected.endpoint
                and held.is_hit and held.live_agent = left(split_part(rejected.useragent, ' -- ', 1), 200))
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
comment on view testing.endpoint_hit_by_new_test is 'Endpoints of the baseline that live tests hit successfully, in all runs so far, including failed tests. A dry run requested only in the request body (DeleteOptions) counts if its event is at level Metadata, which does not show it; the report of its run leaves it out';
comment on column testing.endpoint_hit_by_new_test.useragent is 'The test agent, without the test name';
comment on column testing.endpoint_hit_by_new_test.endpoint is 'The endpoint';
comment on column testing.endpoint_hit_by_new_test.hit_by_ete is 'Whether an e2e test hits it; null: unknown';
comment on column testing.endpoint_hit_by_new_test.hit_by_new_test is 'Number of successful requests, including those whose events were dropped with their partition';

create view testing.projected_change_in_coverage as
  with endpoint as (
    select coverage.tested, coverage.unknown is not null as is_unknown,
           exists (
             select from testing.endpoint_hit as hit
              where hit.endpoint = coverage.endpoint and hit.useragent like 'live-test%'
           ) as hit
      from public.endpoint_coverage as coverage
     where coverage.release = (select public.baseline_release())
  ), total as (
    select count(*) as total_endpoints,
           count(*) filter (where tested) as old_coverage,
           count(*) filter (where tested or (hit and not is_unknown)) as new_coverage,
           count(*) filter (where is_unknown) as unknown
      from endpoint
  )
  select 'test_coverage'::text as category, total_endpoints, old_coverage, new_coverage,
         new_coverage - old_coverage as change_in_number, unknown
    from total;
comment on view testing.projected_change_in_coverage is 'How many more endpoints of the baseline would be tested if the live tests were e2e tests, over all runs so far, counted as in testing.endpoint_hit_by_new_test. A report counts one run only';
comment on column testing.projected_change_in_coverage.category is 'test_coverage';
comment on column testing.projected_change_in_coverage.total_endpoints is 'Endpoints of the baseline that are not deprecated';
comment on column testing.projected_change_in_coverage.old_coverage is 'Those an e2e test hits';
comment on column testing.projected_change_in_coverage.new_coverage is 'Those an e2e test or a live test hits';
comment on column testing.projected_change_in_coverage.change_in_number is 'The difference';
comment on column testing.projected_change_in_coverage.unknown is 'Endpoints of the total for which the coverage is unknown; hits of live tests add nothing there';
