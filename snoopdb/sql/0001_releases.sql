-- Missing after all schemas were dropped to start over.
create schema if not exists public;
-- Before PostgreSQL 15 another role may own the schema.
do $$
begin
  comment on schema public is 'Published Kubernetes releases: their endpoints, the audit events of their test runs, and the hits';
exception
  when insufficient_privilege then null;
end
$$;

create schema conformance;
comment on schema conformance is 'Conformance tests, and which endpoints are eligible for one';

create schema testing;
comment on schema testing is 'Live work: audit events of clusters, runs of live tests, and how these would change coverage';

create table public.snoopdb_migration (
  version integer primary key,
  name text not null,
  digest text not null,
  applied_at timestamptz not null default now()
);
comment on table public.snoopdb_migration is 'The migrations that were applied to this schema';
comment on column public.snoopdb_migration.version is 'Number of the migration';
comment on column public.snoopdb_migration.name is 'Name of its file';
comment on column public.snoopdb_migration.digest is 'SHA-256 of that file';
comment on column public.snoopdb_migration.applied_at is 'When it was applied';

-- A release that can be ordered: select release from public.open_api order by release::semver.
-- A composite type needs neither an extension nor a superuser. Its fields compare from left to right.
create type public.semver as (
  major bigint,
  minor bigint,
  patch bigint,
  finished boolean,
  pre text[] collate "C"
);
comment on type public.semver is 'A version that sorts by semver: 1.9.0 before 1.10.0, 1.36.0-beta.0 before 1.36.0. Cast a text to it; a literal as ''1.9.0''::text::semver';
comment on column public.semver.major is 'Major number';
comment on column public.semver.minor is 'Minor number; 0 when the text has none';
comment on column public.semver.patch is 'Patch number; 0 when the text has none';
comment on column public.semver.finished is 'false for a version with a pre-release part, which sorts before the finished version';
comment on column public.semver.pre is 'The pre-release part split at its dots, encoded so that numbers sort as numbers and before words';

create function public.semver(version text) returns public.semver
  language sql immutable strict parallel safe
  as $$
    select case when found is null
      -- Text that is not a version sorts before every version.
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
comment on function public.semver(text) is 'Parses a version such as 1.36.0, v1.36.3 or 1.37.0-beta.0; any other text sorts before every version';

create cast (text as public.semver) with function public.semver(text);
comment on cast (text as public.semver) is 'For order by release::semver';

create table public.release_calendar (
  release text primary key,
  release_date timestamp
);
comment on table public.release_calendar is 'When releases were published, from releases.yaml; includes releases whose endpoints are not loaded';
comment on column public.release_calendar.release is 'X.Y.Z';
comment on column public.release_calendar.release_date is 'Day of the release; null while in development';

create table public.release_data (
  release text primary key,
  release_date timestamp,
  origin text not null,
  incomplete text,
  digest text,
  loaded_at timestamptz not null default now(),
  coverage_origin text,
  sources text[] not null default '{}',
  published_spec text,
  published_totals jsonb,
  has_document boolean not null default true,
  shared_names text[] not null default '{}',
  for_questions boolean not null default false
);
comment on table public.release_data is 'The releases whose endpoints and coverage are loaded';
comment on column public.release_data.release is 'X.Y.Z';
comment on column public.release_data.release_date is 'Day of the release; null while in development';
comment on column public.release_data.origin is 'Where the endpoints come from, for display';
comment on column public.release_data.incomplete is 'Why the coverage is incomplete, as a sentence; null: it is complete';
comment on column public.release_data.digest is 'SHA-256 of the shipped snapshot it was loaded from; null: loaded from another source';
comment on column public.release_data.loaded_at is 'When it was last loaded';
comment on column public.release_data.coverage_origin is 'Where the coverage comes from, for display; null: only the endpoints are loaded';
comment on column public.release_data.sources is 'The CI runs that the published coverage was computed from, as it names them';
comment on column public.release_data.published_spec is 'The OpenAPI document named by the coverage file; public.open_api.spec has this name whichever file was loaded';
comment on column public.release_data.published_totals is 'The totals of a coverage file, compared with its list each time a list of ineligible endpoints changes; null: nothing to compare, or the file is marked as incomplete';
comment on column public.release_data.has_document is 'Whether the endpoints come from an OpenAPI document; false: only from a coverage file, which has neither methods nor deprecated endpoints';
comment on column public.release_data.shared_names is 'operationIds that several operations of the OpenAPI document share; coverage published under such a name belongs to no endpoint';
comment on column public.release_data.for_questions is 'Whether it was loaded only because a query named it; such a release becomes the baseline only when chosen';

create function public.path_shape(path text) returns text
  language sql immutable parallel safe
  as $$
    select regexp_replace(
             -- A parameter for the rest of the path differs from a parameter for one segment.
             regexp_replace(btrim($1, '/'), '(^|/)(?!\{[^{}/]*path\}$)\{[^{}/]*\}(?=/|$)', '\1{}', 'gi'),
             '(^|/)\{[^{}/]*path\}$', '\1{path}', 'i')
  $$;
comment on function public.path_shape(text) is 'A path without parameter names and without slashes at its ends; method and shape identify an endpoint';

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
comment on table public.open_api is 'The endpoints of published releases; testing.cluster_endpoint has those of clusters';
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
comment on column public.open_api.deprecated is 'Whether it is a /watch/ path, or its description starts with the word deprecated';
comment on column public.open_api.description is 'What the document says about it';
comment on column public.open_api.spec is 'URL or name of the document';
comment on column public.open_api.method is 'HTTP method in upper case';

create table public.published_level (
  release text not null,
  endpoint text not null,
  level text not null,
  primary key (release, endpoint)
);
comment on table public.published_level is 'Levels as published in a coverage file; they take precedence over the levels of the paths, from which a few differ';
comment on column public.published_level.release is 'X.Y.Z';
comment on column public.published_level.endpoint is 'The endpoint';
comment on column public.published_level.level is 'stable, beta or alpha';
