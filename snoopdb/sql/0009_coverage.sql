-- The names of the tests of an endpoint are put together when hits come, not when somebody asks: a release has some
-- 17,000 pairs of endpoint and test, and nine releases are asked at once.
create table public.endpoint_tested (
  release text not null,
  endpoint text not null,
  conf_tested boolean not null,
  tests text[] not null,
  primary key (release, endpoint)
);
comment on table public.endpoint_tested is 'Each endpoint that an e2e test hit, by release: what public.endpoint_hit says, kept by its triggers';
comment on column public.endpoint_tested.release is 'X.Y.Z';
comment on column public.endpoint_tested.endpoint is 'The endpoint';
comment on column public.endpoint_tested.conf_tested is 'Whether a conformance test hit it';
comment on column public.endpoint_tested.tests is 'The names of the e2e tests that hit it, in order, no nulls';

create function public.gather_tested(releases text[], endpoints text[]) returns void
  language plpgsql
  as $$
    begin
      -- Two loads that see each other's hits half would leave half of the names.
      perform pg_advisory_xact_lock(7306, 4);
      insert into public.endpoint_tested as known (release, endpoint, conf_tested, tests)
        select release, endpoint, bool_or(hit.conf_test_hit),
               coalesce(array_agg(distinct hit.test collate "C" order by hit.test collate "C") filter (where hit.test is not null), '{}')
          from unnest($1, $2) as touched (release, endpoint)
          join public.endpoint_hit as hit using (release, endpoint)
         where hit.test_hit
         group by release, endpoint
        on conflict (release, endpoint) do update
          set conf_tested = excluded.conf_tested, tests = excluded.tests
          where (known.conf_tested, known.tests) is distinct from (excluded.conf_tested, excluded.tests);
      delete from public.endpoint_tested as known
       using unnest($1, $2) as touched (release, endpoint)
       where known.release = touched.release and known.endpoint = touched.endpoint
         and not exists (
           select from public.endpoint_hit as hit
            where hit.release = touched.release and hit.endpoint = touched.endpoint and hit.test_hit);
    end
  $$;
comment on function public.gather_tested(text[], text[]) is 'Brings public.endpoint_tested up to date for these pairs of release and endpoint';

create function public.note_tested() returns trigger
  language plpgsql
  as $$
    declare
      releases text[];
      endpoints text[];
    begin
      if tg_op = 'TRUNCATE' then
        perform pg_advisory_xact_lock(7306, 4);
        delete from public.endpoint_tested;
        return null;
      elsif tg_op = 'UPDATE' then
        select array_agg(release), array_agg(endpoint) into releases, endpoints
          from (select release, endpoint from changed where test_hit
                union select release, endpoint from changed_to where test_hit) as touched;
      else
        select array_agg(release), array_agg(endpoint) into releases, endpoints
          from (select distinct release, endpoint from changed where test_hit) as touched;
      end if;
      if releases is not null then
        perform public.gather_tested(releases, endpoints);
      end if;
      return null;
    end
  $$;
comment on function public.note_tested() is 'Trigger: keeps public.endpoint_tested';

create trigger note_tested_insert after insert on public.endpoint_hit
  referencing new table as changed for each statement execute function public.note_tested();
create trigger note_tested_update after update on public.endpoint_hit
  referencing old table as changed new table as changed_to for each statement execute function public.note_tested();
create trigger note_tested_delete after delete on public.endpoint_hit
  referencing old table as changed for each statement execute function public.note_tested();
create trigger note_tested_truncate after truncate on public.endpoint_hit
  for each statement execute function public.note_tested();
comment on trigger note_tested_insert on public.endpoint_hit is 'Keeps public.endpoint_tested';
comment on trigger note_tested_update on public.endpoint_hit is 'Keeps public.endpoint_tested';
comment on trigger note_tested_delete on public.endpoint_hit is 'Keeps public.endpoint_tested';
comment on trigger note_tested_truncate on public.endpoint_hit is 'Keeps public.endpoint_tested';

select public.gather_tested(array_agg(release), array_agg(endpoint))
  from (select distinct release, endpoint from public.endpoint_hit where test_hit) as hit;

create view public.covered_release as
  select release from public.release_data as data
   where coverage_origin is not null
      or exists (select from public.endpoint_tested as tested where tested.release = data.release);
comment on view public.covered_release is 'The releases of which it is known what their tests hit: a coverage file is loaded, or events of a test run';
comment on column public.covered_release.release is 'X.Y.Z';

create or replace function public.baseline_release() returns text
  language sql stable parallel safe
  as $$
    select coalesce(
      (select release from public.baseline),
      (select release from public.release_data join public.covered_release using (release)
        where release_date is not null
        order by release::public.semver desc limit 1))
  $$;

create view public.endpoint_coverage as
  select api.release, api.endpoint, api.level, api.category, api.path, api.description,
         api.k8s_kind as kind, api.k8s_version as version, api.k8s_group as "group", api.k8s_action as action,
         -- Where no coverage is loaded nobody knows: null, not false.
         case when hit.endpoint is not null then true when covered.release is not null then false end as tested,
         case when hit.endpoint is not null then hit.conf_tested when covered.release is not null then false end as conf_tested,
         coalesce(hit.tests, '{}') as tests
    from public.open_api as api
    left join public.endpoint_tested as hit on hit.release = api.release and hit.endpoint = api.endpoint
    left join public.covered_release as covered on covered.release = api.release
   where not api.deprecated;
comment on view public.endpoint_coverage is 'Each endpoint of each release that is not deprecated, and the e2e tests that hit it. Live work never changes it';
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
comment on column public.endpoint_coverage.tested is 'Whether an e2e test hit it; null: no coverage of the release is loaded';
comment on column public.endpoint_coverage.conf_tested is 'Whether a conformance test hit it; null: no coverage of the release is loaded';
comment on column public.endpoint_coverage.tests is 'The names of the e2e tests that hit it, in order, no nulls';

create view conformance.endpoint_eligibility as
  -- Materialized: which list serves a release is looked up once for the release, not for each endpoint.
  with lists as materialized (
    select release, conformance.list_release('ineligible', release) as ineligible,
           conformance.list_release('pending', release) as pending
      from public.release_data
  )
  select api.release, api.endpoint,
         case
           when api.deprecated or api.level <> 'stable' then false
           -- Without any list of ineligible endpoints nobody knows.
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
comment on view conformance.endpoint_eligibility is 'Whether an endpoint can have a conformance test, and if not why. Whatever asks for eligible endpoints asks here';
comment on column conformance.endpoint_eligibility.release is 'X.Y.Z';
comment on column conformance.endpoint_eligibility.endpoint is 'The endpoint';
comment on column conformance.endpoint_eligibility.eligible is 'Stable, not deprecated, not on the list of ineligible endpoints; null: no such list is loaded';
comment on column conformance.endpoint_eligibility.reason is 'Why it is not eligible; null when it is';
comment on column conformance.endpoint_eligibility.link is 'Where that was decided; null when no list says it';
comment on column conformance.endpoint_eligibility.pending is 'Whether its test is on its way, as the list of pending endpoints says';
