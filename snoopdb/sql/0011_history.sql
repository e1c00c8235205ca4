-- The few loaded releases do not show in which release an endpoint became stable and which conformance tests hit it. This
-- history ships as data.
create table conformance.history_data (
  only_row boolean primary key default true check (only_row),
  origin text not null,
  newest_release text not null,
  digest text,
  loaded_at timestamptz not null default now()
);
comment on table conformance.history_data is 'One row: the loaded history of eligible endpoints';
comment on column conformance.history_data.only_row is 'Always true: at most one row exists';
comment on column conformance.history_data.origin is 'Where it comes from, for display';
comment on column conformance.history_data.newest_release is 'The newest release it covers';
comment on column conformance.history_data.digest is 'SHA-256 of the shipped file; null: loaded from another source';
comment on column conformance.history_data.loaded_at is 'When it was loaded';

create table conformance.endpoint_history (
  endpoint text primary key,
  first_release text not null,
  tested_release text
);
comment on table conformance.endpoint_history is 'Eligible endpoints and the release in which each became stable';
comment on column conformance.endpoint_history.endpoint is 'The endpoint';
comment on column conformance.endpoint_history.first_release is 'The first release in which it is stable';
comment on column conformance.endpoint_history.tested_release is 'The release in which its earliest conformance test was promoted, as published: never before first_release; null: it has none';

create table conformance.endpoint_history_test (
  endpoint text not null references conformance.endpoint_history (endpoint) on delete cascade,
  codename text not null,
  testname text,
  file text,
  release text not null,
  primary key (endpoint, codename)
);
comment on table conformance.endpoint_history_test is 'The conformance tests that hit an eligible endpoint';
comment on column conformance.endpoint_history_test.endpoint is 'The endpoint';
comment on column conformance.endpoint_history_test.codename is 'Full name of the test';
comment on column conformance.endpoint_history_test.testname is 'Title of the test';
comment on column conformance.endpoint_history_test.file is 'Its source file';
comment on column conformance.endpoint_history_test.release is 'The release in which it was promoted';

create view conformance.eligible_endpoint as
  select endpoint
    from conformance.endpoint_eligibility
   where release = (select public.baseline_release()) and eligible;
comment on view conformance.eligible_endpoint is 'The endpoints of the baseline that can have a conformance test';
comment on column conformance.eligible_endpoint.endpoint is 'The endpoint';

create view conformance.first_stable_release as
  with loaded as materialized (
    select release, release::public.semver as version from public.release_data
  ), known as materialized (
    -- The newest release of the history counts as loaded.
    select version from loaded
    union all
    select newest_release::public.semver from conformance.history_data
  ), after_known as materialized (
    select release, version
      from loaded
     where exists (
       select from known
        where (known.version).major = (loaded.version).major and (known.version).minor = (loaded.version).minor - 1)
  ), candidate as (
    select distinct on (api.endpoint) api.endpoint, api.release
      from public.open_api as api
      join loaded on loaded.release = api.release
     where api.level = 'stable' and not api.deprecated
       and not exists (select from conformance.endpoint_history as history where history.endpoint = api.endpoint)
     order by api.endpoint, loaded.version
  )
  select endpoint, first_release as release from conformance.endpoint_history
  union all
  select candidate.endpoint, candidate.release from candidate join after_known using (release);
comment on view conformance.first_stable_release is 'The first release in which an endpoint is stable: from the history, else from the loaded releases if the previous minor release is among them. For endpoints that are missing here it is unknown';
comment on column conformance.first_stable_release.endpoint is 'The endpoint';
comment on column conformance.first_stable_release.release is 'X.Y.Z';

create view conformance.eligible_endpoint_test as
  with newer as materialized (
    select codename, testname, file, promoted_in,
           promoted_in::public.semver > coalesce((select newest_release from conformance.history_data), '0')::public.semver as after_history
      from conformance.listed_test
     where release = (select conformance.list_release('tests', public.baseline_release())) and promoted_in is not null
  ), seen as (
    select distinct hit.endpoint, newer.codename, newer.testname, newer.file, newer.promoted_in as release
      from public.endpoint_hit as hit
      join newer on newer.codename = hit.test
     where hit.release = (select public.baseline_release()) and hit.conf_test_hit
       -- The history of an endpoint is final; only later tests add to it.
       and (newer.after_history
            or not exists (select from conformance.endpoint_history as history where history.endpoint = hit.endpoint))
  )
  select test.endpoint, test.codename, test.testname, test.file, test.release
    from (
      select endpoint, codename, testname, file, release from conformance.endpoint_history_test
      union
      select endpoint, codename, testname, file, release from seen
    ) as test
    join conformance.eligible_endpoint as eligible on eligible.endpoint = test.endpoint;
comment on view conformance.eligible_endpoint_test is 'The conformance tests that hit the eligible endpoints of the baseline';
comment on column conformance.eligible_endpoint_test.endpoint is 'The endpoint';
comment on column conformance.eligible_endpoint_test.codename is 'Full name of the test';
comment on column conformance.eligible_endpoint_test.testname is 'Title of the test';
comment on column conformance.eligible_endpoint_test.file is 'Its source file';
comment on column conformance.eligible_endpoint_test.release is 'The release in which it was promoted';

create view conformance.eligible_endpoint_coverage as
  with test as materialized (
    select endpoint, codename, testname, file, release from conformance.eligible_endpoint_test
  ), version as materialized (
    select release, release::public.semver as version from (select distinct release from test) as named
  ), ordered as (
    select test.*, row_number() over (partition by test.endpoint order by version.version, test.codename collate "C") as place,
           version.version
      from test join version using (release)
  ), gathered as (
    select endpoint, array_agg(release order by version) as releases
      from (select distinct endpoint, release, version from ordered) as named
     group by endpoint
  )
  select eligible.endpoint, earliest.release as first_conformance_test, earliest.testname as test,
         earliest.codename, earliest.file, first.release as first_release,
         coalesce(gathered.releases, '{}') as all_test_releases,
         earliest.endpoint is null and coverage.unknown is not null as unknown
    from conformance.eligible_endpoint as eligible
    left join public.endpoint_coverage as coverage
      on coverage.release = (select public.baseline_release()) and coverage.endpoint = eligible.endpoint
    left join conformance.first_stable_release as first on first.endpoint = eligible.endpoint
    left join ordered as earliest on earliest.endpoint = eligible.endpoint and earliest.place = 1
    left join gathered on gathered.endpoint = eligible.endpoint;
comment on view conformance.eligible_endpoint_coverage is 'Eligible endpoints of the baseline, the release since which each is stable, and the first promoted conformance test that hits it';
comment on column conformance.eligible_endpoint_coverage.endpoint is 'The endpoint';
comment on column conformance.eligible_endpoint_coverage.first_conformance_test is 'The release in which its earliest conformance test was promoted; null: it has none';
comment on column conformance.eligible_endpoint_coverage.test is 'Title of that test';
comment on column conformance.eligible_endpoint_coverage.codename is 'Full name of that test';
comment on column conformance.eligible_endpoint_coverage.file is 'Source file of that test';
comment on column conformance.eligible_endpoint_coverage.first_release is 'The first release in which the endpoint is stable; null: unknown from the loaded data';
comment on column conformance.eligible_endpoint_coverage.all_test_releases is 'Releases in which its conformance tests were promoted, sorted';
comment on column conformance.eligible_endpoint_coverage.unknown is 'Whether the loaded coverage cannot tell if a conformance test hits it';

create view conformance.new_endpoint as
  with coverage as materialized (
    select endpoint, first_release, case when not unknown then first_conformance_test is not null end as tested
      from conformance.eligible_endpoint_coverage
  ), version as materialized (
    select first_release, first_release::public.semver as version
      from (select distinct first_release from coverage) as named
  )
  select coverage.endpoint, coverage.first_release as release, coverage.tested
    from coverage left join version using (first_release)
   order by version.version desc nulls first, coverage.tested, coverage.endpoint;
comment on view conformance.new_endpoint is 'Eligible endpoints, newest first, and whether a conformance test hits them';
comment on column conformance.new_endpoint.endpoint is 'The endpoint';
comment on column conformance.new_endpoint.release is 'The first release in which it is stable; null: unknown from the loaded data';
comment on column conformance.new_endpoint.tested is 'Whether a conformance test hits it; null: unknown';

create view conformance.known_release as
  with version as materialized (
    select release, release::public.semver as version
      from (
        select release from public.release_calendar
        union select release from public.release_data
        union select first_release from conformance.endpoint_history
        union select release from conformance.endpoint_history_test
      ) as named
  ), oldest as materialized (
    select version from version join conformance.endpoint_history as history on history.first_release = version.release
     order by version limit 1
  )
  select release
    from version
   where (version).finished and (version).patch = 0
     and version >= coalesce((select version from oldest), version)
     and version <= public.baseline_release()::public.semver;
comment on view conformance.known_release is 'Minor releases up to the baseline, from the history, the calendar and the loaded data';
comment on column conformance.known_release.release is 'X.Y.Z';

create view conformance.coverage_per_release as
  with version as materialized (
    select release, release::public.semver as version from conformance.known_release
  ), coverage as materialized (
    select first_release, first_conformance_test is not null as is_tested, unknown from conformance.eligible_endpoint_coverage
  ), counted as (
    select version.release, version.version, count(coverage.first_release) filter (where not coverage.unknown) as new,
           count(*) filter (where coverage.is_tested) as tested, count(*) filter (where coverage.unknown) as unknown
      from version
      left join coverage on coverage.first_release = version.release
     group by version.release, version.version
  )
  select release, new as "new endpoints", tested, new - tested as untested,
         (sum(tested) over earlier)::bigint as "total tested",
         (sum(new - tested) over earlier)::bigint as "total untested",
         (sum(new) over earlier)::bigint as "total endpoints",
         unknown
    from counted
  window earlier as (order by version)
   order by version;
comment on view conformance.coverage_per_release is 'For each release: how many endpoints that became stable in it have a conformance test today, and running totals';
comment on column conformance.coverage_per_release.release is 'X.Y.Z';
comment on column conformance.coverage_per_release."new endpoints" is 'Eligible endpoints that became stable in it, without unknown ones';
comment on column conformance.coverage_per_release.tested is 'Those hit by a conformance test today';
comment on column conformance.coverage_per_release.untested is 'Those without a conformance test today';
comment on column conformance.coverage_per_release."total tested" is 'Tested endpoints of this and all previous releases';
comment on column conformance.coverage_per_release."total untested" is 'Untested endpoints of this and all previous releases';
comment on column conformance.coverage_per_release."total endpoints" is 'Eligible endpoints of this and all previous releases, without unknown ones';
comment on column conformance.coverage_per_release.unknown is 'Eligible endpoints that became stable in it and whose coverage is unknown; no other column counts them';

create view conformance.progress as
  with coverage as materialized (
    select first_release, first_conformance_test, first_release = any (all_test_releases) as in_tandem, unknown
      from conformance.eligible_endpoint_coverage
     where first_release is not null
  ), version as materialized (
    select release, release::public.semver as version
      from (
        select release from conformance.known_release
        union select first_release from coverage
        union select first_conformance_test from coverage where first_conformance_test is not null
      ) as named
  ), ranked as materialized (
    -- Numbers instead of versions: they are compared about 17,000 times.
    select release, rank() over (order by version) as place, version >= '1.8.0'::text::public.semver as is_shown from version
  ), endpoint as materialized (
    select first.place as first, test.place as test, coverage.in_tandem
      from coverage
      join ranked as first on first.release = coverage.first_release
      left join ranked as test on test.release = coverage.first_conformance_test
     where not coverage.unknown
  ), test as (
    select promoted_in as release, count(*) as promoted
      from conformance.listed_test
     where listed_test.release = (select conformance.list_release('tests', public.baseline_release()))
     group by promoted_in
  )
  select release.release,
         count(*) filter (where endpoint.first = release.place) as new_endpoints,
         coalesce((select promoted from test where test.release = release.release), 0) as new_tests,
         count(*) filter (where endpoint.first = release.place and endpoint.in_tandem) as new_endpoints_promoted_with_tests,
         count(*) filter (where endpoint.first = release.place and endpoint.test = release.place) as new_endpoints_covered_by_new_tests,
         count(*) filter (where endpoint.first = release.place and endpoint.test < release.place) as new_endpoints_covered_by_old_tests,
         count(*) filter (where endpoint.first < release.place and endpoint.test = release.place) as old_endpoints_covered_by_new_tests,
         count(*) filter (where endpoint.first <= release.place) as total_endpoints,
         count(*) filter (where endpoint.first <= release.place and endpoint.test <= release.place) as total_tested_endpoints,
         count(*) filter (where endpoint.first = release.place and endpoint.test is null) as endpoints_still_untested_today,
         (select count(*) from coverage where unknown and first_release = release.release) as unknown_endpoints
    from ranked as release
    join conformance.known_release as shown on shown.release = release.release
    cross join endpoint
   where release.is_shown
   group by release.release, release.place
   order by release.place;
comment on view conformance.progress is 'For each release since 1.8.0: new eligible endpoints, new tests, and the coverage at that time';
comment on column conformance.progress.release is 'X.Y.Z';
comment on column conformance.progress.new_endpoints is 'Eligible endpoints that became stable in it';
comment on column conformance.progress.new_tests is 'Conformance tests that were promoted in it';
comment on column conformance.progress.new_endpoints_promoted_with_tests is 'New endpoints hit by a test that was promoted in the same release';
comment on column conformance.progress.new_endpoints_covered_by_new_tests is 'New endpoints whose earliest test was promoted in the same release';
comment on column conformance.progress.new_endpoints_covered_by_old_tests is 'New endpoints whose earliest test was promoted before';
comment on column conformance.progress.old_endpoints_covered_by_new_tests is 'Endpoints of earlier releases whose earliest test was promoted in this one';
comment on column conformance.progress.total_endpoints is 'Eligible endpoints that were stable in this release';
comment on column conformance.progress.total_tested_endpoints is 'Those of them with a conformance test promoted by this release';
comment on column conformance.progress.endpoints_still_untested_today is 'New endpoints without a conformance test today';
comment on column conformance.progress.unknown_endpoints is 'New endpoints whose coverage is unknown; no other column counts them';
