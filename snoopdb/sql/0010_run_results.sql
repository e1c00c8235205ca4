-- What a settled run achieved, compared with the baseline of its time. Unlike the views over all live tests, these relations
-- give the same answer for good.

create function testing.compare_endpoints(release text, sources text[])
  returns table (endpoint text, level text, kind text, path text, deprecated boolean, in_baseline boolean, hit_by_ete boolean,
                 hit_by_conformance boolean, eligible boolean, reason text, link text, unknown boolean)
  language sql stable
  as $$
    -- Materialized, so that each view runs once, even without statistics for freshly loaded tables.
    with coverage as materialized (
      select endpoint, tested, conf_tested, unknown from public.endpoint_coverage where release = $1
    ), eligibility as materialized (
      select endpoint, eligible, reason, link from conformance.endpoint_eligibility where release = $1
    )
    select api.endpoint, api.level, api.k8s_kind, api.path, api.deprecated, true, coalesce(coverage.tested, false),
           coalesce(coverage.conf_tested, false), coalesce(eligibility.eligible, false), eligibility.reason, eligibility.link,
           coverage.unknown is not null
      from public.open_api as api
      left join coverage using (endpoint)
      left join eligibility using (endpoint)
     where api.release = $1
    union all
    select distinct on (own.endpoint) own.endpoint, own.level, own.k8s_kind, own.path, own.deprecated, false, false, false,
           false, null, null, false
      from testing.cluster_endpoint as own
     where own.source = any ($2)
       and not exists (select from public.open_api as api where api.release = $1 and api.endpoint = own.endpoint)
  $$;
comment on function testing.compare_endpoints(text, text[]) is 'Endpoints of a release, including deprecated ones, and those that only the documents of the sources have';

create table testing.run_baseline (
  run text primary key references testing.run (id) on delete cascade,
  release text not null,
  release_date text,
  origin text not null,
  incomplete text,
  endpoints integer not null,
  tested integer not null,
  unknown integer not null
);
comment on table testing.run_baseline is 'The baseline that a settled run is compared with: the one in use when it was settled';
comment on column testing.run_baseline.run is 'The run';
comment on column testing.run_baseline.release is 'X.Y.Z';
comment on column testing.run_baseline.release_date is 'Day of the release; null while in development';
comment on column testing.run_baseline.origin is 'Where its data comes from';
comment on column testing.run_baseline.incomplete is 'Why its coverage is incomplete; null: it is complete';
comment on column testing.run_baseline.endpoints is 'Its endpoints that are not deprecated';
comment on column testing.run_baseline.tested is 'Those an e2e test hits';
comment on column testing.run_baseline.unknown is 'Those of which the coverage cannot tell if tests hit them';

create table testing.run_coverage_before (
  run text not null references testing.run_baseline (run) on delete cascade,
  category text not null check (category in ('eligible', 'stable', 'beta', 'alpha')),
  total_endpoints integer not null,
  old_coverage integer not null,
  old_conformance_coverage integer not null,
  primary key (run, category)
);
comment on table testing.run_coverage_before is 'Coverage of a settled run''s baseline, without the run. Deprecated endpoints do not count';
comment on column testing.run_coverage_before.run is 'The run';
comment on column testing.run_coverage_before.category is 'eligible, stable, beta or alpha; eligible endpoints are stable, too';
comment on column testing.run_coverage_before.total_endpoints is 'Number of endpoints';
comment on column testing.run_coverage_before.old_coverage is 'Those an e2e test hits';
comment on column testing.run_coverage_before.old_conformance_coverage is 'Those a conformance test hits';

create table testing.run_endpoint (
  run text not null references testing.run_baseline (run) on delete cascade,
  useragent text not null,
  endpoint text not null,
  hit_by_ete boolean not null,
  hit_by_conformance boolean not null,
  hit_by_new_test bigint not null,
  sent_by text not null check (sent_by in ('test', 'controller', 'other')),
  level text,
  kind text,
  path text,
  deprecated boolean not null,
  in_baseline boolean not null,
  eligible boolean not null,
  reason text,
  link text,
  unknown boolean not null default false,
  -- Deferrable: two endpoints may swap labels in one statement.
  primary key (run, useragent, endpoint, sent_by) deferrable
);
comment on table testing.run_endpoint is 'Endpoints of a settled run''s requests, and those that others hit in the namespaces of its tests while they ran';
comment on column testing.run_endpoint.run is 'The run';
comment on column testing.run_endpoint.useragent is 'The test agent without the test name, or the agent of a controller or another client';
comment on column testing.run_endpoint.endpoint is 'The endpoint';
comment on column testing.run_endpoint.hit_by_ete is 'Whether an e2e test hits it';
comment on column testing.run_endpoint.hit_by_conformance is 'Whether a conformance test hits it';
comment on column testing.run_endpoint.hit_by_new_test is 'Number of successful requests; 0: none of them succeeded';
comment on column testing.run_endpoint.sent_by is 'test: the run''s own requests, exactly; controller: a controller, the scheduler or a kubelet, by agent, namespace and time; other: another client, found the same way';
comment on column testing.run_endpoint.level is 'stable, beta or alpha; null: in neither the baseline nor the cluster''s document';
comment on column testing.run_endpoint.kind is 'The kind it works on';
comment on column testing.run_endpoint.path is 'The path with its parameters in braces';
comment on column testing.run_endpoint.deprecated is 'Whether it is deprecated';
comment on column testing.run_endpoint.in_baseline is 'Whether the baseline has it';
comment on column testing.run_endpoint.eligible is 'Whether it can have a conformance test';
comment on column testing.run_endpoint.reason is 'Why it is not eligible';
comment on column testing.run_endpoint.link is 'Where that was decided';
comment on column testing.run_endpoint.unknown is 'Whether the coverage of the baseline cannot tell if tests hit it; it then changes no coverage';

create view testing.run_change_in_coverage as
  with gained as (
    select endpoint.run, category.name as category,
           count(*) filter (where not endpoint.hit_by_ete) as coverage,
           count(*) filter (where not endpoint.hit_by_conformance and endpoint.eligible) as conformance
      from testing.run_endpoint as endpoint
     cross join lateral (
       select endpoint.level as name
       union all
       select 'eligible' where endpoint.eligible
     ) as category
     where endpoint.sent_by = 'test' and endpoint.in_baseline and not endpoint.deprecated and not endpoint.unknown
       and endpoint.hit_by_new_test > 0
     group by endpoint.run, category.name
  ), counted as (
    select before.run, before.category, before.total_endpoints, before.old_coverage, before.old_conformance_coverage,
           coalesce(gained.coverage, 0) as coverage, coalesce(gained.conformance, 0) as conformance
      from testing.run_coverage_before as before
      left join gained on gained.run = before.run and gained.category = before.category
    union all
    select before.run, 'test_coverage', sum(before.total_endpoints), sum(before.old_coverage),
           sum(before.old_conformance_coverage), coalesce(sum(gained.coverage), 0), coalesce(sum(gained.conformance), 0)
      from testing.run_coverage_before as before
      left join gained on gained.run = before.run and gained.category = before.category
     where before.category <> 'eligible'
     group by before.run
  )
  select run, category, total_endpoints::bigint as total_endpoints, old_coverage::bigint as old_coverage,
         (old_coverage + coverage)::bigint as new_coverage, coverage::bigint as change_in_number,
         old_conformance_coverage::bigint as old_conformance_coverage,
         (old_conformance_coverage + conformance)::bigint as new_conformance_coverage,
         conformance::bigint as conformance_change_in_number
    from counted;
comment on view testing.run_change_in_coverage is 'How many more endpoints of its baseline would be tested if the tests of a settled run were e2e tests, including failed tests; only requests of the run itself count';
comment on column testing.run_change_in_coverage.run is 'The run';
comment on column testing.run_change_in_coverage.category is 'test_coverage: all endpoints; eligible, stable, beta or alpha';
comment on column testing.run_change_in_coverage.total_endpoints is 'Endpoints of the baseline that are not deprecated';
comment on column testing.run_change_in_coverage.old_coverage is 'Those an e2e test hits';
comment on column testing.run_change_in_coverage.new_coverage is 'Those an e2e test or the run hits';
comment on column testing.run_change_in_coverage.change_in_number is 'The difference';
comment on column testing.run_change_in_coverage.old_conformance_coverage is 'Those a conformance test hits';
comment on column testing.run_change_in_coverage.new_conformance_coverage is 'Those a conformance test hits, and eligible ones that the run hits';
comment on column testing.run_change_in_coverage.conformance_change_in_number is 'The difference';

create function testing.is_controller(useragent text, username text) returns boolean
  language sql immutable parallel safe
  as $$
    select coalesce($1 ~ '^(kube-controller-manager|cloud-controller-manager|kube-scheduler|kubelet|kube-apiserver|kwok|kwok-controller)/'
                    or $2 ~ '^system:(kube-controller-manager|cloud-controller-manager|kube-scheduler|apiserver|node:.*|serviceaccount:kube-system:.*)$', false)
  $$;
comment on function testing.is_controller(text, text) is 'Whether a request was sent by a controller, the scheduler or a kubelet, from its agent and user (Kubernetes: pkg/serviceaccount, plugin/pkg/auth/authorizer/rbac/bootstrappolicy)';

create function testing.list_side_hits(run text)
  returns table (useragent text, sent_by text, endpoint text, requests bigint)
  language sql stable
  as $$
    with sent as materialized (
      select request.test, min(live.requested_at) as first_at, max(live.requested_at) as last_at, min(live.id) as first_id
        from testing.run_request as request
        join testing.audit_event as live on live.audit_id = request.audit_id and live.useragent like 'live%'
       where request.run = $1
       group by request.test
    ), watched as materialized (
      select test.namespace, test.owns_namespace, sent.first_at, sent.last_at
        from testing.run_test as test
        join sent on sent.test = test.test
       where test.run = $1 and test.namespace is not null
    ), near as materialized (
      select live.audit_id, live.useragent, live.endpoint, live.is_hit, live.verb, live.requested_at,
             live.data #>> '{objectRef,namespace}' as namespace, live.data #>> '{objectRef,resource}' as resource,
             live.data #>> '{objectRef,subresource}' as subresource, live.data #>> '{user,username}' as username
        from testing.audit_event as live
       -- Events of other kube-apiservers may be stored a few batches earlier than those of the first request.
       where live.id >= (select min(sent.first_id) - 10000 from sent)
         and live.source = any (testing.find_run_sources($1))
         and live.data #>> '{objectRef,namespace}' = any (array(select watched.namespace from watched))
         and not starts_with(live.audit_id, $1 || '.')
    ), removed as (
      -- What the removal of a namespace causes is not the test's.
      select near.namespace, min(near.requested_at) as at
        from near
       where near.verb = 'delete' and near.resource = 'namespaces' and near.subresource is null
       group by near.namespace
    )
    select near.useragent, case when testing.is_controller(near.useragent, near.username) then 'controller' else 'other' end,
           near.endpoint, count(distinct near.audit_id)
      from near
      left join removed on removed.namespace = near.namespace
     where near.endpoint is not null and near.is_hit and near.useragent !~ '^(snoop/|live-test)'
       and (near.requested_at < removed.at) is not false
       and exists (
         select from watched
          where watched.namespace = near.namespace
            and (watched.owns_namespace or near.requested_at between watched.first_at and watched.last_at))
     group by 1, 2, 3
  $$;
comment on function testing.list_side_hits(text) is 'Successful requests of others to objects in the namespaces of a run''s tests while they ran, by agent: in a namespace of the test''s own until it was removed, in a shared one from its first request to its last. Found by time and namespace, so not exact';

create function testing.keep_run_result(run text) returns void
  language plpgsql
  as $$
    #variable_conflict use_column
    declare
      head testing.run;
      compared text;
      is_first boolean := not exists (select from testing.run_baseline as kept where kept.run = $1);
    begin
      if is_first then
        insert into testing.run_baseline (run, release, release_date, origin, incomplete, endpoints, tested, unknown)
          select $1, data.release, to_char(data.release_date, 'YYYY-MM-DD'), data.origin, data.incomplete,
                 count(coverage.endpoint), count(*) filter (where coverage.tested), count(coverage.unknown)
            from public.release_data as data
            left join public.endpoint_coverage as coverage using (release)
           where data.release = (select public.baseline_release())
           group by data.release, data.release_date, data.origin, data.incomplete;
        if not found then
          return;
        end if;
      end if;
      select * into head from testing.run as settled where settled.id = $1;
      select kept.release into compared from testing.run_baseline as kept where kept.run = $1;
      with fact as materialized (
        select * from testing.compare_endpoints(compared, head.sources)
      ), before as (
        insert into testing.run_coverage_before (run, category, total_endpoints, old_coverage, old_conformance_coverage)
          select $1, category.name, count(fact.endpoint), count(*) filter (where fact.hit_by_ete),
                 count(*) filter (where fact.hit_by_conformance)
            from unnest(array['eligible', 'stable', 'beta', 'alpha']) as category (name)
            left join fact on fact.in_baseline and not fact.deprecated
                          and case when category.name = 'eligible' then fact.eligible else fact.level = category.name end
           where is_first
           group by category.name
      ), result as materialized (
        select head.agent as useragent, 'test' as sent_by, seen.endpoint,
               count(*) filter (where seen.is_hit and not seen.is_dry_run) as requests
          from (
            select (array_agg(kept.endpoint order by kept.is_hit desc, kept.endpoint is null,
                      array_position(array['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'], kept.stage) desc))[1] as endpoint,
                   bool_or(kept.is_hit) as is_hit, bool_or(kept.is_dry_run or request.is_dry_run or request.unread_body is not null) as is_dry_run
              from testing.run_evidence as kept
              join testing.run_request as request on request.run = kept.run and request.audit_id = kept.audit_id
             where kept.run = $1
             group by kept.audit_id
            having bool_or(kept.stage <> 'RequestReceived')
          ) as seen
         where seen.endpoint is not null
         group by seen.endpoint
        union all
        select side.useragent, side.sent_by, side.endpoint, side.requests
          from testing.list_side_hits($1) as side
         where is_first
      ), raised as (
        update testing.run_endpoint as kept
           set hit_by_new_test = result.requests
          from result
         where kept.run = $1 and kept.useragent = result.useragent and kept.endpoint = result.endpoint
           and kept.sent_by = result.sent_by and kept.hit_by_new_test < result.requests
      )
      insert into testing.run_endpoint
             (run, useragent, endpoint, hit_by_ete, hit_by_conformance, hit_by_new_test, sent_by, level, kind, path, deprecated,
              in_baseline, eligible, reason, link, unknown)
        select $1, result.useragent, result.endpoint, coalesce(fact.hit_by_ete, false), coalesce(fact.hit_by_conformance, false),
               result.requests, result.sent_by, fact.level, fact.kind, fact.path, coalesce(fact.deprecated, false),
               coalesce(fact.in_baseline, false), coalesce(fact.eligible, false), fact.reason, fact.link,
               coalesce(fact.unknown, false)
          from result
          left join fact on fact.endpoint = result.endpoint
         where not exists (
           select from testing.run_endpoint as kept
            where kept.run = $1 and kept.useragent = result.useragent and kept.endpoint = result.endpoint
              and kept.sent_by = result.sent_by);
    end
  $$;
comment on function testing.keep_run_result(text) is 'Stores what a run achieved when testing.settle_run() settles it, and what later evidence adds. Nothing is stored without a baseline';

create function testing.import_run(document jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    declare
      head testing.run := jsonb_populate_record(null::testing.run, document -> 'run');
      settled timestamptz := head.settled_at;
      own jsonb := jsonb_build_object('run', head.id);
    begin
      head.settled_at := null;
      head.imported_at := clock_timestamp();
      insert into testing.run select head.*;
      insert into testing.run_test
        select given.* from jsonb_array_elements(document -> 'tests') as item, jsonb_populate_record(null::testing.run_test, item || own) as given;
      insert into testing.run_step
        select given.* from jsonb_array_elements(document -> 'steps') as item, jsonb_populate_record(null::testing.run_step, item || own) as given;
      insert into testing.run_error
        select given.* from jsonb_array_elements(document -> 'errors') as item, jsonb_populate_record(null::testing.run_error, item || own) as given;
      insert into testing.run_request
        select given.* from jsonb_array_elements(document -> 'requests') as item, jsonb_populate_record(null::testing.run_request, item || own) as given;
      insert into testing.run_evidence
        select given.* from jsonb_array_elements(document -> 'evidence') as item, jsonb_populate_record(null::testing.run_evidence, item || own) as given;
      insert into testing.run_other_event
        select given.* from jsonb_array_elements(document -> 'other_events') as item, jsonb_populate_record(null::testing.run_other_event, item || own) as given;
      insert into testing.run_baseline
        select given.* from jsonb_populate_record(null::testing.run_baseline, '{"unknown": 0}' || (document -> 'baseline') || own) as given;
      insert into testing.run_coverage_before
        select given.* from jsonb_array_elements(document -> 'coverage_before') as item, jsonb_populate_record(null::testing.run_coverage_before, item || own) as given;
      insert into testing.run_endpoint
        select given.* from jsonb_array_elements(document -> 'endpoints') as item, jsonb_populate_record(null::testing.run_endpoint, '{"unknown": false}' || item || own) as given;
      insert into testing.source_file (sha256, content)
        select distinct sha256(convert_to(item ->> 'content', 'UTF8')), item ->> 'content'
          from jsonb_array_elements(document -> 'files') as item
         where item ->> 'content' is not null
        on conflict do nothing;
      insert into testing.run_file (run, file, sha256, omitted)
        select head.id, item ->> 'file', sha256(convert_to(item ->> 'content', 'UTF8')), item ->> 'omitted'
          from jsonb_array_elements(document -> 'files') as item;
      insert into testing.run_body
        select given.* from jsonb_array_elements(coalesce(document -> 'bodies', '[]')) as item, jsonb_populate_record(null::testing.run_body, item || own) as given;
      update testing.run as imported set settled_at = settled where imported.id = head.id;
    end
  $$;
revoke all on function testing.import_run(jsonb) from public;
comment on function testing.import_run(jsonb) is 'Adds a run that was exported from another SnoopDB, marked as imported. Runs with its owner''s rights, because only the owner may write evidence; adds no event and no hit';
