-- Events loaded from files are partitioned: part 0 has those of all small files, and each large file has its own part, so
-- that several connections can fill it and it becomes visible as a whole.

create sequence public.audit_event_id;
comment on sequence public.audit_event_id is 'Ids of the events of small files; those of a large file start at part * 10000000000';

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
comment on column public.audit_event.release is 'The tested release, X.Y.Z';
comment on column public.audit_event.release_date is 'When that release was published';
comment on column public.audit_event.audit_id is 'auditID of the request; each stage of a request is a row';
comment on column public.audit_event.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column public.audit_event.useragent is 'User agent as sent by the client; if it ends in ...TRUNCATED, the API server truncated it and perhaps the test name';
comment on column public.audit_event.test is 'The test named by the user agent; if truncated, the only known test with this beginning, else the truncated name; null: none';
comment on column public.audit_event.test_hit is 'Whether the agent is an e2e test';
comment on column public.audit_event.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column public.audit_event.data is 'The event as it was sent';
comment on column public.audit_event.source is 'URL of the CI job, or the file';
comment on column public.audit_event.id is 'Number of the row; within a file in the order of lines';
comment on column public.audit_event.ingested_at is 'When it was loaded, UTC';
comment on column public.audit_event.stage is 'RequestReceived, ResponseStarted, ResponseComplete or Panic';
comment on column public.audit_event.verb is 'The audit verb: get, list, watch, create …; empty for OPTIONS';
comment on column public.audit_event.code is 'Status code of the response; null: the stage has none';
comment on column public.audit_event.is_dry_run is 'Whether dryRun is set in the query, or in the DeleteOptions if the event has the request body. Events at level Metadata do not, so such a dry run counts as a hit';
comment on column public.audit_event.is_hit is 'Whether this row proves a hit: it has an endpoint and a success code (2xx or 101), and is not a dry run';
comment on column public.audit_event.reason is 'Why it resolved to no endpoint';
comment on column public.audit_event.ambiguous is 'What the event does not show, for example GET or HEAD';
comment on column public.audit_event.requested_at is 'When the API server received the request; null: unknown';
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
  rejected bigint not null default 0,
  part integer,
  state text not null default 'loaded' check (state in ('loading', 'loaded')),
  process jsonb,
  started_at timestamptz not null default now(),
  loaded_at timestamptz default now()
);
create unique index loaded_file_once on public.loaded_file (release, sha256) where what = 'audit' and state = 'loaded';
create index loaded_file_loading on public.loaded_file (id) where state = 'loading';
comment on index public.loaded_file_once is 'A file of events is loaded once per release';
comment on index public.loaded_file_loading is 'Loads that are running, or were killed';
comment on table public.loaded_file is 'Files and documents that were loaded, when and from where';
comment on column public.loaded_file.id is 'Number of the load';
comment on column public.loaded_file.what is 'audit, openapi, coverage …';
comment on column public.loaded_file.name is 'The file or URL as given; -: standard input';
comment on column public.loaded_file.release is 'The release it was loaded for, X.Y.Z';
comment on column public.loaded_file.source is 'The source of its rows';
comment on column public.loaded_file.sha256 is 'SHA-256 of its contents, decompressed; null while it is being loaded';
comment on column public.loaded_file.bytes is 'Its size, decompressed';
comment on column public.loaded_file.raw_bytes is 'Its size as stored, compressed or not; null: unknown';
comment on column public.loaded_file.read is 'Number of events or entries read';
comment on column public.loaded_file.stored is 'Number of them that are stored';
comment on column public.loaded_file.resolved is 'Number of stored events that resolved to an endpoint';
comment on column public.loaded_file.rejected is 'Number of rejected events and lines. public.rejected_event keeps the first 10,000 lines, or 16 MiB of lines, that are not events; the others are only counted';
comment on column public.loaded_file.part is 'The part of public.audit_event that has its events; null: it has no events';
comment on column public.loaded_file.state is 'loading: running or killed; loaded: complete';
comment on column public.loaded_file.process is 'The loading process: host, pid and start, for display. It is alive while it holds its advisory lock';
comment on column public.loaded_file.started_at is 'When the load started';
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
comment on index public.rejected_event_file is 'Rejected events and lines of a file';
comment on table public.rejected_event is 'Rejected events: lines of loaded files that are not events, and events that cannot be stored in public.audit_event. Readable fields of such events count as hits. Lines that are not events are kept up to a limit per file, see loaded_file.rejected';
comment on column public.rejected_event.id is 'Number of the row';
comment on column public.rejected_event.file is 'The file, see public.loaded_file';
comment on column public.rejected_event.line is 'Line where it starts, from 1';
comment on column public.rejected_event.byte_offset is 'Byte offset in the decompressed file where it starts, from 0';
comment on column public.rejected_event.raw is 'Its first million bytes, unchanged';
comment on column public.rejected_event.reason is 'Why it was rejected';
comment on column public.rejected_event.sqlstate is 'SQLSTATE from PostgreSQL; null: rejected before it was sent to PostgreSQL';
comment on column public.rejected_event.audit_id is 'auditID, if it could be read';
comment on column public.rejected_event.stage is 'Stage, if it could be read';
comment on column public.rejected_event.verb is 'Verb, if it could be read';
comment on column public.rejected_event.request_uri is 'Path and query, if they could be read';
comment on column public.rejected_event.useragent is 'User agent, if it could be read';
comment on column public.rejected_event.test is 'The test named by the user agent; null: none';
comment on column public.rejected_event.code is 'Status code of the response, if it has one';
comment on column public.rejected_event.endpoint is 'The endpoint it resolved to; null: none';
comment on column public.rejected_event.is_dry_run is 'Whether dryRun is set in the query, or in the DeleteOptions if the event has the request body. Events at level Metadata do not, so such a dry run counts as a hit';
comment on column public.rejected_event.is_hit is 'As in public.audit_event';
comment on column public.rejected_event.unresolved_reason is 'Why it resolved to no endpoint';
