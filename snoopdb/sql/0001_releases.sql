-- Before PostgreSQL 15 the schema may belong to someone else.
do $$
begin
  comment on schema public is 'Published Kubernetes releases: their endpoints, the events of their test runs, and what these hit';
exception
  when insufficient_privilege then null;
end
$$;

create schema conformance;
comment on schema conformance is 'Conformance tests, and which endpoints are eligible for one';

create schema testing;
comment on schema testing is 'Live work: events of clusters on which tests are being written, the runs of these tests, and what they change';

-- A release that can be ordered: select release from public.open_api order by release::semver.
-- A composite type, because it needs neither an extension nor a superuser. Its fields compare from left to right.
create type public.semver as (
  major bigint,
  minor bigint,
  patch bigint,
  finished boolean,
  pre text[] collate "C"
);
comment on type public.semver is 'A version that orders by semver: 1.9.0 before 1.10.0, 1.36.0-beta.0 before 1.36.0. Cast a text to it (of a bare literal: ''1.9.0''::text::semver)';
comment on column public.semver.major is 'Major number';
comment on column public.semver.minor is 'Minor number; 0 when the text has none';
comment on column public.semver.patch is 'Patch number; 0 when the text has none';
comment on column public.semver.finished is 'false for a version with a pre-release part: it comes before the finished one';
comment on column public.semver.pre is 'The pre-release part by its dots, written so that numbers order as numbers and before words';

create function public.semver(version text) returns public.semver
  language sql immutable strict parallel safe
  as $$
    select case when found is null
      -- What is no version comes before every version.
      then row(-1, 0, 0, false, array[version])::public.semver
      else row(
        found[1]::bigint, coalesce(found[2], '0')::bigint, coalesce(found[3], '0')::bigint, found[4] is null,
        array(
          select case when part ~ '^[0-9]{1,18}$' then '0' || lpad(part, 18, '0') else '1' || part end
            from unnest(string_to_array(found[4], '.')) with ordinality as pre (part, place)
           order by place
        ))::public.semver
      end
      from (select regexp_match(version, '^v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.+-]*)?$')) as parsed (found)
  $$;
comment on function public.semver(text) is 'Reads a version such as 1.36.0, v1.36.3 or 1.37.0-beta.0; what is no version comes out lower than every version';

create cast (text as public.semver) with function public.semver(text);
comment on cast (text as public.semver) is 'For order by release::semver';

create table public.release_data (
  release text primary key,
  release_date timestamp,
  origin text not null,
  incomplete text,
  digest text,
  loaded_at timestamptz not null default now()
);
comment on table public.release_data is 'The releases whose endpoints and coverage are loaded';
comment on column public.release_data.release is 'X.Y.Z';
comment on column public.release_data.release_date is 'When it was released; null while in development';
comment on column public.release_data.origin is 'Where the data comes from, for people';
comment on column public.release_data.incomplete is 'Why the coverage is incomplete, in a sentence; null when it is sound';
comment on column public.release_data.digest is 'sha256 of the shipped snapshot it was loaded from; null when loaded from elsewhere';
comment on column public.release_data.loaded_at is 'When it was loaded last';

create table public.baseline (
  only_row boolean primary key default true check (only_row),
  release text not null references public.release_data (release),
  chosen_at timestamptz not null default now()
);
comment on table public.baseline is 'One row: the release that live work is compared with';
comment on column public.baseline.only_row is 'Always true: there is one row at most';
comment on column public.baseline.release is 'The baseline in use';
comment on column public.baseline.chosen_at is 'When it was chosen';

create function public.baseline_release() returns text
  language sql stable parallel safe
  as $$
    select coalesce(
      (select release from public.baseline),
      (select release from public.release_data where release_date is not null order by release::public.semver desc limit 1))
  $$;
comment on function public.baseline_release() is 'The baseline in use; when none was chosen, the newest released one that is loaded';

create table public.open_api (
  release text not null,
  release_date timestamp,
  endpoint text not null,
  level text not null,
  category text not null,
  path text not null,
  k8s_group text,
  k8s_version text,
  k8s_kind text,
  k8s_action text,
  deprecated boolean not null,
  description text,
  spec text,
  method text not null,
  primary key (release, endpoint)
);
comment on table public.open_api is 'The endpoints of published releases; a cluster''s own are in testing.cluster_endpoint';
comment on column public.open_api.release is 'X.Y.Z';
comment on column public.open_api.release_date is 'When that release was published; null while in development';
comment on column public.open_api.endpoint is 'The operationId of the OpenAPI document';
comment on column public.open_api.level is 'stable, beta or alpha';
comment on column public.open_api.category is 'The operation''s tag without its version: core, apps, networking …';
comment on column public.open_api.path is 'The path with its parameters in braces';
comment on column public.open_api.k8s_group is 'API group of the kind; empty for core, null for discovery';
comment on column public.open_api.k8s_version is 'API version of the kind';
comment on column public.open_api.k8s_kind is 'The kind the operation works on';
comment on column public.open_api.k8s_action is 'get, list, post, put, patch, delete, deletecollection, connect, watch …';
comment on column public.open_api.deprecated is 'A /watch/ path, or a description that starts with the word deprecated';
comment on column public.open_api.description is 'What the document says about it';
comment on column public.open_api.spec is 'URL or name of the document';
comment on column public.open_api.method is 'HTTP method in upper case';

create table public.audit_event (
  release text not null,
  release_date text,
  audit_id text,
  endpoint text,
  useragent text,
  test text,
  test_hit boolean,
  conf_test_hit boolean,
  data jsonb not null,
  source text,
  id bigint generated always as identity primary key,
  ingested_at timestamp not null default (now() at time zone 'utc')
);
comment on table public.audit_event is 'Audit events of CI runs of published releases, loaded from files';
comment on column public.audit_event.release is 'The release that was tested, X.Y.Z';
comment on column public.audit_event.release_date is 'When that release was published';
comment on column public.audit_event.audit_id is 'auditID: the request; each of its stages is a row';
comment on column public.audit_event.endpoint is 'The endpoint it resolved to; null: none';
comment on column public.audit_event.useragent is 'The client''s user agent as sent';
comment on column public.audit_event.test is 'The test named by the user agent; null: none';
comment on column public.audit_event.test_hit is 'Whether the agent is an e2e test';
comment on column public.audit_event.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column public.audit_event.data is 'The event as it was sent';
comment on column public.audit_event.source is 'The CI job''s URL, or the file';
comment on column public.audit_event.id is 'Number of the row';
comment on column public.audit_event.ingested_at is 'When it was loaded, UTC';

create table public.endpoint_hit (
  release text not null,
  source text not null,
  endpoint text not null,
  useragent text not null,
  test text,
  test_hit boolean not null,
  conf_test_hit boolean not null,
  first_seen_at timestamptz
);
create unique index endpoint_hit_key on public.endpoint_hit (release, endpoint, source, md5(useragent), md5(coalesce(test, '')));
comment on table public.endpoint_hit is 'Which endpoints the test runs of a release hit with success, by whom, and when first. Presence only: numbers are counted from events';
comment on column public.endpoint_hit.release is 'The release that was tested';
comment on column public.endpoint_hit.source is 'A coverage file, a CI run, a file of events';
comment on column public.endpoint_hit.endpoint is 'The endpoint';
comment on column public.endpoint_hit.useragent is 'The agent, without the test''s name';
comment on column public.endpoint_hit.test is 'The test''s name; null: none is known';
comment on column public.endpoint_hit.test_hit is 'Whether the agent is an e2e test';
comment on column public.endpoint_hit.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column public.endpoint_hit.first_seen_at is 'Stage time of the first event; null when the source does not tell';
comment on index public.endpoint_hit_key is 'One row a hit. Long agents and names go in as their md5: an index row has a limit of size';
