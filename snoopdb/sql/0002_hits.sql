-- User agents

create function testing.is_e2e_agent(useragent text) returns boolean
  language sql immutable parallel safe
  as $$ select coalesce($1 = 'e2e.test' or $1 like 'e2e.test/%' or $1 like 'e2e.test %', false) $$;
comment on function testing.is_e2e_agent(text) is 'Whether a user agent is that of an e2e test';

create function testing.agent_name(useragent text) returns text
  language sql immutable parallel safe
  as $$ select case when $1 like 'live-test%' or testing.is_e2e_agent($1) then split_part($1, ' -- ', 1) else $1 end $$;
comment on function testing.agent_name(text) is 'A user agent without the test name that test agents carry';

create function testing.other_agent(useragent text) returns text
  language sql immutable parallel safe
  as $$
    select case when $1 like 'live-test%' then 'live-test-other' when testing.is_e2e_agent($1) then 'e2e.test/other' else 'other' end
  $$;
comment on function testing.other_agent(text) is 'The agent under which hits are recorded once the limit of the agent''s class (live, e2e, other) is reached';

-- Hits of the test runs of releases

create table public.endpoint_hit (
  release text not null,
  source text not null,
  endpoint text not null,
  useragent text not null,
  test text,
  test_hit boolean not null,
  conf_test_hit boolean not null,
  first_seen_at timestamptz,
  sample_verb text,
  sample_uri text,
  sample_code integer,
  -- The API server truncates long user agents, and with them long test names.
  test_cut boolean not null default false
);
create unique index endpoint_hit_key on public.endpoint_hit (release, endpoint, source, md5(useragent), md5(coalesce(test, '')));
comment on index public.endpoint_hit_key is 'One row per hit. Agents and test names are indexed by MD5 because the size of an index row is limited';
comment on table public.endpoint_hit is 'Which endpoints the test runs of a release hit successfully, with the agent, test and first time. Without counts: these come from the events';
comment on column public.endpoint_hit.release is 'The release that was tested';
comment on column public.endpoint_hit.source is 'A coverage file, a CI run or a file of events';
comment on column public.endpoint_hit.endpoint is 'The endpoint';
comment on column public.endpoint_hit.useragent is 'The agent, without the test name';
comment on column public.endpoint_hit.test is 'The test name; null: unknown';
comment on column public.endpoint_hit.test_hit is 'Whether the agent is an e2e test';
comment on column public.endpoint_hit.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column public.endpoint_hit.first_seen_at is 'Stage time of the first event; null: unknown';
comment on column public.endpoint_hit.sample_verb is 'Verb of a request that proved the hit; null: unknown';
comment on column public.endpoint_hit.sample_uri is 'Path and query of that request, up to 500 characters';
comment on column public.endpoint_hit.sample_code is 'Status code of its response';
comment on column public.endpoint_hit.test_cut is 'Whether the API server truncated the agent; test is then the only known test with this beginning, else the truncated name';

create table public.unknown_coverage (
  release text not null,
  endpoint text not null,
  reason text not null,
  primary key (release, endpoint)
);
comment on table public.unknown_coverage is 'Endpoints that no source of a release''s coverage could see, so that without a hit they are neither tested nor untested. Filled from snapshots and our own coverage files; a hit ends the state';
comment on column public.unknown_coverage.release is 'X.Y.Z';
comment on column public.unknown_coverage.endpoint is 'The endpoint';
comment on column public.unknown_coverage.reason is 'Why no source could see it, as a sentence';

-- Test names are aggregated when hits are written, not in each query: a release has about 17,000 pairs of endpoint and
-- test, and some queries read nine releases.
create table public.endpoint_tested (
  release text not null,
  endpoint text not null,
  conf_tested boolean not null,
  tests text[] not null,
  primary key (release, endpoint)
);
comment on table public.endpoint_tested is 'Endpoints that e2e tests hit, by release; derived from public.endpoint_hit by its triggers';
comment on column public.endpoint_tested.release is 'X.Y.Z';
comment on column public.endpoint_tested.endpoint is 'The endpoint';
comment on column public.endpoint_tested.conf_tested is 'Whether a conformance test hit it';
comment on column public.endpoint_tested.tests is 'Names of the e2e tests that hit it, sorted, without nulls';

create function public.gather_tested(releases text[], endpoints text[]) returns void
  language plpgsql
  as $$
    begin
      -- Without the lock two concurrent loads would each miss the other's test names.
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
comment on function public.gather_tested(text[], text[]) is 'Updates public.endpoint_tested for these pairs of release and endpoint';

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
comment on function public.note_tested() is 'Trigger: keeps public.endpoint_tested up to date';

create trigger note_tested_insert after insert on public.endpoint_hit
  referencing new table as changed for each statement execute function public.note_tested();
create trigger note_tested_update after update on public.endpoint_hit
  referencing old table as changed new table as changed_to for each statement execute function public.note_tested();
create trigger note_tested_delete after delete on public.endpoint_hit
  referencing old table as changed for each statement execute function public.note_tested();
create trigger note_tested_truncate after truncate on public.endpoint_hit
  for each statement execute function public.note_tested();
comment on trigger note_tested_insert on public.endpoint_hit is 'Keeps public.endpoint_tested up to date';
comment on trigger note_tested_update on public.endpoint_hit is 'Keeps public.endpoint_tested up to date';
comment on trigger note_tested_delete on public.endpoint_hit is 'Keeps public.endpoint_tested up to date';
comment on trigger note_tested_truncate on public.endpoint_hit is 'Keeps public.endpoint_tested up to date';

-- Hits of live clients

create table testing.endpoint_hit (
  source text not null,
  release text,
  endpoint text not null,
  useragent text not null,
  test text,
  test_hit boolean not null,
  conf_test_hit boolean not null,
  first_seen_at timestamptz not null default now(),
  sample_verb text,
  sample_uri text,
  sample_code integer,
  test_cut boolean not null default false
);
create unique index endpoint_hit_key on testing.endpoint_hit
  (endpoint, source, coalesce(release, ''), md5(useragent), md5(coalesce(test, '')));
create index endpoint_hit_live on testing.endpoint_hit (endpoint, useragent) where useragent like 'live-test%';
comment on index testing.endpoint_hit_key is 'One row per hit. Agents and test names are indexed by MD5 because the size of an index row is limited';
comment on index testing.endpoint_hit_live is 'Hits of live tests';
comment on table testing.endpoint_hit is 'Which endpoints live clients hit successfully, with the agent, test and first time. Without counts: these come from the events';
comment on column testing.endpoint_hit.source is 'The cluster';
comment on column testing.endpoint_hit.release is 'The cluster''s version';
comment on column testing.endpoint_hit.endpoint is 'The endpoint';
comment on column testing.endpoint_hit.useragent is 'The agent, without the test name';
comment on column testing.endpoint_hit.test is 'The test name; null: none';
comment on column testing.endpoint_hit.test_hit is 'Whether the agent is an e2e test';
comment on column testing.endpoint_hit.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column testing.endpoint_hit.first_seen_at is 'When the first such event was stored';
comment on column testing.endpoint_hit.sample_verb is 'Verb of a request that proved the hit';
comment on column testing.endpoint_hit.sample_uri is 'Path and query of that request, up to 500 characters';
comment on column testing.endpoint_hit.sample_code is 'Status code of its response';
comment on column testing.endpoint_hit.test_cut is 'Whether the API server truncated the agent; test is then the only known test with this beginning, else the truncated name';

create table testing.hit_quota (
  source text not null,
  class text not null check (class in ('live', 'e2e', 'other')),
  hits bigint not null,
  primary key (source, class)
);
comment on table testing.hit_quota is 'Number of rows in testing.endpoint_hit by source and class of agent. It is limited because clients choose their own agent names';
comment on column testing.hit_quota.source is 'The cluster';
comment on column testing.hit_quota.class is 'live: agents that start with live-test; e2e: e2e tests; other: all other agents';
comment on column testing.hit_quota.hits is 'Rows of testing.endpoint_hit';

create table testing.named_source (
  source text primary key,
  named_at timestamptz not null default now()
);
comment on table testing.named_source is 'Sources named by the senders of events. Their number is limited. Does not include the source an auditlogger was started with';
comment on column testing.named_source.source is 'The name';
comment on column testing.named_source.named_at is 'When its first body was stored';

create table testing.epoch (
  only_row boolean primary key default true check (only_row),
  database uuid not null default gen_random_uuid(),
  number bigint not null default 0
);
insert into testing.epoch default values;
comment on table testing.epoch is 'One row: programs must clear their cache of committed hits when it changes';
comment on column testing.epoch.only_row is 'Always true';
comment on column testing.epoch.database is 'Identifies this database, even if another one later has the same address';
comment on column testing.epoch.number is 'Incremented when hits are deleted or marks are added to testing.forgotten';

create function testing.count_epoch() returns trigger
  language plpgsql
  as $$
    begin
      insert into testing.epoch as epoch default values
        on conflict (only_row) do update set number = epoch.number + 1;
      return null;
    end
  $$;
comment on function testing.count_epoch() is 'Trigger: increments testing.epoch.number';

create trigger count_epoch_delete after delete on testing.endpoint_hit
  for each statement execute function testing.count_epoch();
create trigger count_epoch_truncate after truncate on testing.endpoint_hit
  for each statement execute function testing.count_epoch();
comment on trigger count_epoch_delete on testing.endpoint_hit is 'Cached hits are out of date';
comment on trigger count_epoch_truncate on testing.endpoint_hit is 'Cached hits are out of date';
