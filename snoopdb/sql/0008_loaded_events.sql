-- Events that are loaded from files lie in parts: part 0 holds those of all small files, each large file has one of its
-- own, so that it can be filled by several connections and appear at once, whole.

alter table public.audit_event rename to audit_event_0;
alter table public.audit_event_0 rename constraint audit_event_pkey to audit_event_0_pkey;
alter table public.audit_event_0 add column stage text;
alter table public.audit_event_0 add column verb text;
alter table public.audit_event_0 add column code integer;
alter table public.audit_event_0 add column is_dry_run boolean;
alter table public.audit_event_0 add column is_hit boolean;
alter table public.audit_event_0 add column reason text;
alter table public.audit_event_0 add column ambiguous text;
alter table public.audit_event_0 add column requested_at timestamptz;
alter table public.audit_event_0 add column part integer not null default 0;
comment on column public.audit_event_0.audit_id is 'auditID: the request; each of its stages is a row';
comment on column public.audit_event_0.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column public.audit_event_0.useragent is 'The client''s user agent as sent; one that ends in ...TRUNCATED was cut by the API server, and with it perhaps the test''s name';
comment on column public.audit_event_0.test is 'The test named by the user agent; of a cut one the only known test that begins so, else what is left of it; null: none';
comment on column public.audit_event_0.id is 'Number of the row; within a file in the order of its lines';
comment on column public.audit_event_0.stage is 'RequestReceived, ResponseStarted, ResponseComplete or Panic';
comment on column public.audit_event_0.verb is 'The audit verb: get, list, watch, create …; empty for OPTIONS';
comment on column public.audit_event_0.code is 'Code of the answer; null when the stage has none';
comment on column public.audit_event_0.is_dry_run is 'Whether dryRun stands in the query';
comment on column public.audit_event_0.is_hit is 'Whether this row proves a hit: an endpoint, a success code (2xx or 101), no dry run';
comment on column public.audit_event_0.reason is 'Why there is no endpoint';
comment on column public.audit_event_0.ambiguous is 'What the event leaves open, for example GET or HEAD';
comment on column public.audit_event_0.requested_at is 'When the API server received the request; null when that is not known';
comment on column public.audit_event_0.part is '0: small files; else the number of the file, see public.loaded_file';

create sequence public.audit_event_id;
comment on sequence public.audit_event_id is 'Numbers of the events of small files; a large one numbers its own from part * 10000000000 on';
do $$
declare
  last bigint;
  used boolean;
begin
  execute 'select last_value, is_called from ' || pg_get_serial_sequence('public.audit_event_0', 'id') into last, used;
  perform setval('public.audit_event_id', last, used);
end
$$;
alter table public.audit_event_0 alter column id drop identity;
alter table public.audit_event_0 alter column id set default nextval('public.audit_event_id');

create table public.audit_event (like public.audit_event_0 including defaults including comments) partition by list (part);
alter sequence public.audit_event_id owned by public.audit_event.id;
comment on table public.audit_event is 'Audit events of CI runs of published releases, loaded from files';
comment on table public.audit_event_0 is 'The part of public.audit_event for small files';
alter table public.audit_event attach partition public.audit_event_0 for values in (0);

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
comment on column public.loaded_file.put_aside is 'Those that are not: see public.rejected_event';
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
comment on table public.rejected_event is 'Lines of loaded files that are no events, and events that cannot be stored in public.audit_event. What could be read of the latter counts as a hit';
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
comment on column public.rejected_event.is_dry_run is 'Whether dryRun stands in the query';
comment on column public.rejected_event.is_hit is 'As in public.audit_event';
comment on column public.rejected_event.unresolved_reason is 'Why there is no endpoint';

-- The API server cuts long user agents, and tests with long names lose the end of these.
alter table public.endpoint_hit add column test_cut boolean not null default false;
alter table testing.endpoint_hit add column test_cut boolean not null default false;
comment on column public.endpoint_hit.test_cut is 'Whether the API server had cut the agent: the test is the only known one that begins so, else what is left of its name';
comment on column testing.endpoint_hit.test_cut is 'Whether the API server had cut the agent: the test is the only known one that begins so, else what is left of its name';
