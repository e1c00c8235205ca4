-- Events that are loaded from files lie in parts: part 0 holds those of all small files, each large file has one of its
-- own, so that it can be filled by several connections and appear at once, whole.

create sequence public.audit_event_id;
comment on sequence public.audit_event_id is 'Numbers of the events of small files; a large one numbers its own from part * 10000000000 on';

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
  id bigint not null default nextval('public.audit_event_id'),
  ingested_at timestamp not null default (now() at time zone 'utc'),
  stage text,
  verb text,
  code integer,
  is_dry_run boolean,
  is_hit boolean,
  reason text,
  ambiguous text,
  requested_at timestamptz,
  part integer not null default 0
) partition by list (part);
alter sequence public.audit_event_id owned by public.audit_event.id;
comment on table public.audit_event is 'Audit events of CI runs of published releases, loaded from files';
comment on column public.audit_event.release is 'The release that was tested, X.Y.Z';
comment on column public.audit_event.release_date is 'When that release was published';
comment on column public.audit_event.audit_id is 'auditID: the request; each of its stages is a row';
comment on column public.audit_event.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column public.audit_event.useragent is 'The client''s user agent as sent; one that ends in ...TRUNCATED was cut by the API server, and with it perhaps the test''s name';
comment on column public.audit_event.test is 'The test named by the user agent; of a cut one the only known test that begins so, else what is left of it; null: none';
comment on column public.audit_event.test_hit is 'Whether the agent is an e2e test';
comment on column public.audit_event.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column public.audit_event.data is 'The event as it was sent';
comment on column public.audit_event.source is 'The CI job''s URL, or the file';
comment on column public.audit_event.id is 'Number of the row; within a file in the order of its lines';
comment on column public.audit_event.ingested_at is 'When it was loaded, UTC';
comment on column public.audit_event.stage is 'RequestReceived, ResponseStarted, ResponseComplete or Panic';
comment on column public.audit_event.verb is 'The audit verb: get, list, watch, create …; empty for OPTIONS';
comment on column public.audit_event.code is 'Code of the answer; null when the stage has none';
comment on column public.audit_event.is_dry_run is 'Whether dryRun stands in the query, or in the DeleteOptions of an event that has its request''s body: one of level Metadata does not show it, and is a hit';
comment on column public.audit_event.is_hit is 'Whether this row proves a hit: an endpoint, a success code (2xx or 101), no dry run';
comment on column public.audit_event.reason is 'Why there is no endpoint';
comment on column public.audit_event.ambiguous is 'What the event leaves open, for example GET or HEAD';
comment on column public.audit_event.requested_at is 'When the API server received the request; null when that is not known';
comment on column public.audit_event.part is '0: small files; else the number of the file, see public.loaded_file';

create table public.audit_event_0 (like public.audit_event including defaults including comments, primary key (id));
alter table public.audit_event attach partition public.audit_event_0 for values in (0);
comment on table public.audit_event_0 is 'The part of public.audit_event for small files';

create table public.loaded_file (
  id integer generated always as identity primary key,
  what text not null,
  name text not null,
  release text,
  source text,
  sha256 bytea,
  bytes bigint,
  raw_bytes bigint,
  read bigint not null default 0,
  stored bigint not null default 0,
  resolved bigint not null default 0,
  put_aside bigint not null default 0,
  part integer,
  state text not null default 'loaded' check (state in ('loading', 'loaded')),
  process jsonb,
  started_at timestamptz not null default now(),
  loaded_at timestamptz default now()
);
create unique index loaded_file_once on public.loaded_file (release, sha256) where what = 'audit' and state = 'loaded';
create index loaded_file_loading on public.loaded_file (id) where state = 'loading';
comment on index public.loaded_file_once is 'A file of events is loaded once for a release';
comment on index public.loaded_file_loading is 'Loads that are under way, or were killed';
comment on table public.loaded_file is 'What was loaded, when and from where';
comment on column public.loaded_file.id is 'Number of the load';
comment on column public.loaded_file.what is 'audit, openapi, coverage …';
comment on column public.loaded_file.name is 'The file, URL or - as it was named';
comment on column public.loaded_file.release is 'The release it was loaded for, X.Y.Z';
comment on column public.loaded_file.source is 'The source its rows stand under';
comment on column public.loaded_file.sha256 is 'Hash of what it holds, unpacked; null while it is loaded';
comment on column public.loaded_file.bytes is 'Its size, unpacked';
comment on column public.loaded_file.raw_bytes is 'Its size as it lay there; null when that was not known';
comment on column public.loaded_file.read is 'Events (or entries) that were read';
comment on column public.loaded_file.stored is 'Those that are stored';
comment on column public.loaded_file.resolved is 'Those of the stored ones that have an endpoint';
comment on column public.loaded_file.put_aside is 'Those that are not. public.rejected_event keeps the first 10,000 lines that are no events, or 16 MiB of them; the others are only counted';
comment on column public.loaded_file.part is 'The part of public.audit_event its events are in; null: it has no events';
comment on column public.loaded_file.state is 'loading: under way, or killed; loaded: all of it is there';
comment on column public.loaded_file.process is 'Who is loading: host, pid and start of the process. For people: whether it lives is told by a lock it holds';
comment on column public.loaded_file.started_at is 'When the load began';
comment on column public.loaded_file.loaded_at is 'When it was complete';

create table public.rejected_event (
  id bigint generated always as identity primary key,
  file integer not null references public.loaded_file (id) on delete cascade,
  line bigint not null,
  byte_offset bigint not null,
  raw bytea not null,
  reason text not null,
  sqlstate text,
  audit_id text,
  stage text,
  verb text,
  request_uri text,
  useragent text,
  test text,
  code integer,
  endpoint text,
  is_dry_run boolean not null,
  is_hit boolean not null,
  unresolved_reason text
);
create index rejected_event_file on public.rejected_event (file);
comment on index public.rejected_event_file is 'What was put aside of a file';
comment on table public.rejected_event is 'Lines of loaded files that are no events, and events that cannot be stored in public.audit_event. What could be read of the latter counts as a hit. Of lines that are no events a sample of each file is kept: see loaded_file.put_aside';
comment on column public.rejected_event.id is 'Number of the row';
comment on column public.rejected_event.file is 'The file, see public.loaded_file';
comment on column public.rejected_event.line is 'Line in which it begins, from 1 on';
comment on column public.rejected_event.byte_offset is 'Byte at which it begins, unpacked, from 0 on';
comment on column public.rejected_event.raw is 'Its bytes as they stood there, the first million of them';
comment on column public.rejected_event.reason is 'Why it was put aside';
comment on column public.rejected_event.sqlstate is 'What PostgreSQL answered; null when it was not asked';
comment on column public.rejected_event.audit_id is 'auditID, if it could be read';
comment on column public.rejected_event.stage is 'Stage, if it could be read';
comment on column public.rejected_event.verb is 'Verb, if it could be read';
comment on column public.rejected_event.request_uri is 'Path and query, if they could be read';
comment on column public.rejected_event.useragent is 'User agent, if it could be read';
comment on column public.rejected_event.test is 'The test named by the user agent; null: none';
comment on column public.rejected_event.code is 'Code of the answer, if there is one';
comment on column public.rejected_event.endpoint is 'The endpoint it resolved to; null: none';
comment on column public.rejected_event.is_dry_run is 'Whether dryRun stands in the query, or in the DeleteOptions of an event that has its request''s body: one of level Metadata does not show it, and is a hit';
comment on column public.rejected_event.is_hit is 'As in public.audit_event';
comment on column public.rejected_event.unresolved_reason is 'Why there is no endpoint';
