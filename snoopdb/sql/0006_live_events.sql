-- Live events lie in partitions by their number, so that the oldest can go by dropping a table. People and queries ask
-- the view testing.audit_event, which leaves out what was forgotten.

-- What was forgotten

create table testing.forgotten (
  id bigint generated always as identity primary key,
  run text check (run <> '' and strpos(run, '.') = 0),
  agent text check (agent <> ''),
  forgotten_at timestamptz not null default clock_timestamp(),
  below_id bigint,
  swept_id bigint not null default 0,
  removed_at timestamptz,
  check (run is null or agent is null)
);
create index forgotten_run on testing.forgotten (run) where run is not null;
create index forgotten_agent on testing.forgotten (agent, forgotten_at) where agent is not null;
comment on index testing.forgotten_run is 'Whether a run was forgotten';
comment on index testing.forgotten_agent is 'Whether an agent was forgotten, and when';
comment on table testing.forgotten is 'What snoop db reset-live was told to forget: hidden from the moment a row is here, however late it is delivered. Without run and agent: everything before that moment';
comment on column testing.forgotten.id is 'Number of the mark';
comment on column testing.forgotten.run is 'The run whose requests are forgotten: those whose audit ids start with it and a dot; null: not by run';
comment on column testing.forgotten.agent is 'The agent, without a test''s name, whose requests before forgotten_at are forgotten; null: not by agent';
comment on column testing.forgotten.forgotten_at is 'When that was asked for';
comment on column testing.forgotten.below_id is 'Events with numbers below it were there at that time';
comment on column testing.forgotten.swept_id is 'How far their removal got';
comment on column testing.forgotten.removed_at is 'When the hidden rows were removed; null: that is still to be done. The mark stays, for what comes late';

-- Restricted: workers would be started for a branch of the views that is hardly ever run.
create function testing.is_forgotten(audit_id text, useragent text, requested_at timestamptz, ingested_at timestamp) returns boolean
  language sql stable parallel restricted
  as $$
    select exists (
      select from testing.forgotten as mark
       where mark.run = nullif(split_part($1, '.', 1), $1)
          or (mark.run is null
              and (mark.agent is null or mark.agent = testing.agent_name($2))
              and least($3, $4 at time zone 'utc') < mark.forgotten_at)
    )
  $$;
comment on function testing.is_forgotten(text, text, timestamptz, timestamp) is 'Whether an event is hidden by a mark of testing.forgotten. It counts as requested when its request was received, or when it was stored (in UTC) if that is earlier or the former is not known: clocks of clusters differ';

create trigger count_epoch_forgotten after insert on testing.forgotten
  for each statement execute function testing.count_epoch();
comment on trigger count_epoch_forgotten on testing.forgotten is 'What comes late is to be compared with the new mark';

-- The events

create sequence testing.held_event_id;
comment on sequence testing.held_event_id is 'Numbers of live events; it jumps to the beginning of the next partition when one is sealed';

create table testing.held_event (
  release text,
  release_date text,
  audit_id text,
  endpoint text,
  useragent text,
  test text,
  test_hit boolean not null,
  conf_test_hit boolean not null,
  data jsonb not null,
  source text not null,
  id bigint primary key default nextval('testing.held_event_id'),
  ingested_at timestamp not null default (now() at time zone 'utc'),
  stage text,
  verb text,
  code integer,
  is_dry_run boolean not null,
  is_hit boolean not null,
  reason text,
  ambiguous text,
  document_revision bigint not null,
  requested_at timestamptz,
  live_agent text
) partition by range (id);
alter sequence testing.held_event_id owned by testing.held_event.id;
comment on table testing.held_event is 'Audit events of live use as they came, in partitions of a thousand million numbers each: testing.held_event_<n> begins at n * 1e9 and is left early, when it is large or old enough. Ask testing.audit_event, which leaves out what was forgotten';
comment on column testing.held_event.release is 'The version of the cluster it came from, X.Y.Z; null when that is not known';
comment on column testing.held_event.release_date is 'When that release was published, where known';
comment on column testing.held_event.audit_id is 'auditID: the request; each of its stages is a row';
comment on column testing.held_event.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column testing.held_event.useragent is 'The client''s user agent as sent';
comment on column testing.held_event.test is 'The test named by the user agent; null: none';
comment on column testing.held_event.test_hit is 'Whether the agent is an e2e test';
comment on column testing.held_event.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column testing.held_event.data is 'The event as it was sent, numbers and all';
comment on column testing.held_event.source is 'The cluster it came from';
comment on column testing.held_event.id is 'Number of the row; with gaps';
comment on column testing.held_event.ingested_at is 'When it was stored, UTC';
comment on column testing.held_event.stage is 'RequestReceived, ResponseStarted, ResponseComplete or Panic';
comment on column testing.held_event.verb is 'The audit verb: get, list, watch, create …; empty for OPTIONS';
comment on column testing.held_event.code is 'Code of the answer; null when the stage has none';
comment on column testing.held_event.is_dry_run is 'Whether dryRun stands in the query, or in the DeleteOptions of an event that has its request''s body: one of level Metadata does not show it, and is a hit';
comment on column testing.held_event.is_hit is 'Whether this row proves a hit: an endpoint, a success code (2xx or 101), no dry run';
comment on column testing.held_event.reason is 'Why there is no endpoint';
comment on column testing.held_event.ambiguous is 'What the event leaves open, for example GET or HEAD';
comment on column testing.held_event.document_revision is 'Revision of the cluster''s OpenAPI document that resolved it; 0: the baseline''s endpoints, or none; -1: those of a baseline before, and the one in use may resolve it';
comment on column testing.held_event.requested_at is 'When the API server received the request; null when that is not known';
comment on column testing.held_event.live_agent is 'For agents that start with live-test: the agent without the test''s name, cut at 200 characters; null for every other one';

-- Live agents are few among many: whoever asks for them repeats the condition and reads no other row.
create index held_event_live on testing.held_event (audit_id text_pattern_ops) where useragent like 'live%';
create index held_event_live_agent on testing.held_event (useragent) where useragent like 'live%';
create index held_event_live_hit on testing.held_event (live_agent, endpoint, audit_id) where live_agent is not null and is_hit;
create index held_event_unresolved on testing.held_event (source, document_revision, id)
  where endpoint is null and reason not in ('non-resource path', 'malformed request');
comment on index testing.held_event_live is 'Requests of live tests by their auditID, or by how it begins';
comment on index testing.held_event_live_agent is 'The agents of live tests without a look at the events. An agent too long for an index row is forged: the API server cuts them at 1,024 bytes; such an event is set aside';
comment on index testing.held_event_live_hit is 'Requests of live tests with success, counted without a look at the events';
comment on index testing.held_event_unresolved is 'Events that a newer OpenAPI document may resolve';

create table testing.held_partition (
  number integer primary key,
  created_at timestamptz not null default now(),
  sealed_at timestamptz,
  rows bigint,
  bytes bigint,
  oldest_at timestamptz,
  newest_at timestamptz,
  dropped_at timestamptz
);
comment on table testing.held_partition is 'The partitions of testing.held_event, the dropped ones too';
comment on column testing.held_partition.number is 'n of testing.held_event_<n>';
comment on column testing.held_partition.created_at is 'When it was attached; always one ahead of the one that is written to';
comment on column testing.held_partition.sealed_at is 'From when on new events go to the next one';
comment on column testing.held_partition.rows is 'Events in it: null while it is written to, as counted once it is sealed, and as they were when it was dropped';
comment on column testing.held_partition.bytes is 'Its size with indexes, as rows';
comment on column testing.held_partition.oldest_at is 'When its first event was stored, as rows';
comment on column testing.held_partition.newest_at is 'When its last event was stored, as rows';
comment on column testing.held_partition.dropped_at is 'When it was dropped; null: it is held';

create function testing.add_held_partition(number integer) returns void
  language plpgsql
  as $$
    begin
      -- Made first and attached then: a table that is created as a partition locks all readers out for that moment.
      execute format('create table testing.held_event_%s (like testing.held_event including defaults including comments)', $1);
      execute format('comment on table testing.held_event_%s is %L', $1, format('Partition %s of testing.held_event', $1));
      execute format('alter table testing.held_event attach partition testing.held_event_%s for values from (%s) to (%s)',
                     $1, $1 * 1000000000::bigint, ($1 + 1) * 1000000000::bigint);
      insert into testing.held_partition (number) values ($1);
    end
  $$;
comment on function testing.add_held_partition(integer) is 'Makes a partition of testing.held_event and attaches it; neither readers nor writers wait';

select testing.add_held_partition(number) from generate_series(0, 1) as number;

create view testing.audit_event as
  -- Two branches of which one is run: as long as nothing is forgotten an index alone may answer.
  select release, release_date, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source, id, ingested_at,
         stage, verb, code, is_dry_run, is_hit, reason, ambiguous, document_revision, requested_at, live_agent
    from testing.held_event
   where (select not exists (select from testing.forgotten))
  union all
  select release, release_date, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source, id, ingested_at,
         stage, verb, code, is_dry_run, is_hit, reason, ambiguous, document_revision, requested_at, live_agent
    from testing.held_event
   where (select exists (select from testing.forgotten))
     -- What testing.is_forgotten() says, so that few rows get as far as the call.
     and (nullif(split_part(audit_id, '.', 1), audit_id) in (select run from testing.forgotten where run is not null)) is not true
     and least(requested_at, ingested_at at time zone 'utc')
         >= coalesce((select max(forgotten_at) from testing.forgotten where run is null and agent is null), '-infinity')
     and ((testing.agent_name(useragent) in (select agent from testing.forgotten where agent is not null)) is not true
          or not testing.is_forgotten(audit_id, useragent, requested_at, ingested_at));
comment on view testing.audit_event is 'Audit events of live use, as they came, without those that were forgotten';

create function testing.refuse_delete() returns trigger
  language plpgsql
  as $$
    begin
      raise exception 'Live events are not deleted one by one: what they hit would stay'
        using errcode = 'feature_not_supported', hint = '''snoop db reset-live'' forgets those of a run, of an agent or all, with their hits.';
    end
  $$;
comment on function testing.refuse_delete() is 'Says how live events are forgotten';
create trigger refuse_delete instead of delete on testing.audit_event
  for each row execute function testing.refuse_delete();
comment on trigger refuse_delete on testing.audit_event is 'People who know another SnoopDB used to delete here';

-- Rejected events

create table testing.held_rejection (
  id bigint generated always as identity primary key,
  source text not null,
  release text,
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
  unresolved_reason text,
  document_revision bigint not null,
  rejected_at timestamptz not null default now()
);
-- Raw bytes of large events would be pressed together for seconds, while others wait for the same connection.
alter table testing.held_rejection alter column raw set storage external;
create index held_rejection_audit_id on testing.held_rejection (audit_id);
comment on index testing.held_rejection_audit_id is 'Set-aside events of a request';
comment on table testing.held_rejection is 'Quarantine: live events that cannot be stored in testing.held_event. Ask testing.rejected_event, which leaves out what was forgotten';
comment on column testing.held_rejection.id is 'Number of the row';
comment on column testing.held_rejection.source is 'The cluster it came from';
comment on column testing.held_rejection.release is 'The cluster''s version';
comment on column testing.held_rejection.raw is 'The bytes as they were sent';
comment on column testing.held_rejection.reason is 'Why it was set aside';
comment on column testing.held_rejection.sqlstate is 'What PostgreSQL answered; null when it was not asked';
comment on column testing.held_rejection.audit_id is 'auditID, if it could be read';
comment on column testing.held_rejection.stage is 'Stage, if it could be read';
comment on column testing.held_rejection.verb is 'Verb, if it could be read';
comment on column testing.held_rejection.request_uri is 'Path and query, if they could be read';
comment on column testing.held_rejection.useragent is 'User agent, if it could be read';
comment on column testing.held_rejection.test is 'The test named by the user agent; null: none';
comment on column testing.held_rejection.code is 'Code of the answer, if there is one';
comment on column testing.held_rejection.endpoint is 'The endpoint it resolved to; null: none';
comment on column testing.held_rejection.is_dry_run is 'Whether dryRun stands in the query, or in the DeleteOptions of an event that has its request''s body: one of level Metadata does not show it, and is a hit';
comment on column testing.held_rejection.is_hit is 'As in testing.audit_event';
comment on column testing.held_rejection.unresolved_reason is 'Why there is no endpoint';
comment on column testing.held_rejection.document_revision is 'As in testing.audit_event';
comment on column testing.held_rejection.rejected_at is 'When it was set aside';

create view testing.rejected_event as
  select id, source, release, raw, reason, sqlstate, audit_id, stage, verb, request_uri, useragent, test, code, endpoint,
         is_dry_run, is_hit, unresolved_reason, document_revision, rejected_at
    from testing.held_rejection
   where not exists (select from testing.forgotten)
      or not testing.is_forgotten(audit_id, useragent, null, rejected_at at time zone 'utc');
comment on view testing.rejected_event is 'Quarantine: events that cannot be stored in testing.audit_event. What could be read of them counts as recorded, and as a hit';

-- A column of a view means what it means in the table.
do $$
declare
  statement text;
begin
  for statement in
    select format('comment on column %s.%I is %L', named.view, attname, col_description(attrelid, attnum))
      from (values ('testing.audit_event', 'testing.held_event'), ('testing.rejected_event', 'testing.held_rejection')) as named (view, held)
      join pg_catalog.pg_attribute on attrelid = named.held::regclass and attnum > 0
  loop
    execute statement;
  end loop;
end
$$;

-- Bodies

create table testing.body_ledger (
  source text not null,
  sha256 bytea not null,
  events integer not null,
  bytes bigint not null,
  stored_at timestamptz not null default now(),
  primary key (source, sha256)
);
create index body_ledger_stored_at on testing.body_ledger (stored_at);
comment on index testing.body_ledger_stored_at is 'The oldest first: they are removed after a day';
comment on table testing.body_ledger is 'The bodies that are committed: the same one is not stored again';
comment on column testing.body_ledger.source is 'The cluster it came from';
comment on column testing.body_ledger.sha256 is 'Hash of the body; a sender repeats a body with the same bytes';
comment on column testing.body_ledger.events is 'Events in it';
comment on column testing.body_ledger.bytes is 'Its size';
comment on column testing.body_ledger.stored_at is 'When it was committed';

-- What was no list of audit events at all, or a flood of bad ones, for a look at it: who sends what to the wrong place, or
-- breaks it on the way.
create table testing.rejected_body (
  sha256 bytea primary key,
  source text not null,
  reason text not null,
  start bytea not null,
  bytes bigint not null,
  seen bigint not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index rejected_body_last_seen_at on testing.rejected_body (last_seen_at);
comment on table testing.rejected_body is 'Bodies that were answered 400 (no JSON, or no EventList and no Event) or 413 (more than 10,000 events that cannot be stored), the last thousand of them. Nothing of them is stored elsewhere';
comment on index testing.rejected_body_last_seen_at is 'Those that were not seen for the longest time first: they go';
comment on column testing.rejected_body.sha256 is 'Hash of the body: one that comes again has one row';
comment on column testing.rejected_body.source is 'The cluster it was sent for, the last time';
comment on column testing.rejected_body.reason is 'What the sender was told';
comment on column testing.rejected_body.start is 'Its first bytes';
comment on column testing.rejected_body.bytes is 'Its size';
comment on column testing.rejected_body.seen is 'How often it came';
comment on column testing.rejected_body.first_seen_at is 'When it came first';
comment on column testing.rejected_body.last_seen_at is 'When it came last';

-- Upkeep

create table testing.live_upkeep (
  only_row boolean primary key default true check (only_row),
  max_rows bigint not null,
  max_bytes bigint not null,
  max_age interval not null,
  max_sources bigint not null,
  max_hits bigint not null,
  kept_at timestamptz not null default now(),
  rejections_until timestamptz not null default '-infinity'
);
comment on table testing.live_upkeep is 'One row: the bounds that live events were last held to';
comment on column testing.live_upkeep.only_row is 'Always true';
comment on column testing.live_upkeep.max_rows is 'Events at most';
comment on column testing.live_upkeep.max_bytes is 'Their size at most, with indexes';
comment on column testing.live_upkeep.max_age is 'How long they are held at most';
comment on column testing.live_upkeep.max_sources is 'Sources that senders may name, at most';
comment on column testing.live_upkeep.max_hits is 'Rows of testing.endpoint_hit that these may make together';
comment on column testing.live_upkeep.kept_at is 'When that was last looked after';
comment on column testing.live_upkeep.rejections_until is 'Up to when events that were set aside may be gone';

-- The count is what people see of the requests whose events are gone.
create table testing.dropped_partition_request (
  partition integer not null,
  live_agent text not null,
  source text not null,
  endpoint text not null,
  requests bigint not null,
  primary key (partition, live_agent, source, endpoint)
);
comment on table testing.dropped_partition_request is 'Requests of live tests with success whose last event of success lies in a partition that is being dropped, or was';
comment on column testing.dropped_partition_request.partition is 'Number of the partition while it is being dropped; -1: all that are gone';
comment on column testing.dropped_partition_request.live_agent is 'As in testing.held_event';
comment on column testing.dropped_partition_request.source is 'The cluster';
comment on column testing.dropped_partition_request.endpoint is 'The endpoint';
comment on column testing.dropped_partition_request.requests is 'Number of requests';

create view testing.dropped_request as
  select live_agent, endpoint, sum(requests)::bigint as requests
    from testing.dropped_partition_request
   -- Counted from the very moment on at which a query no longer sees the partition's events.
   where partition not in (
     select substring(partition.relname from '[0-9]+$')::integer
       from pg_catalog.pg_inherits
       join pg_catalog.pg_class as partition on partition.oid = inhrelid
      where inhparent = 'testing.held_event'::regclass and not inhdetachpending)
   group by live_agent, endpoint;
comment on view testing.dropped_request is 'Requests of live tests with success whose events were dropped with their partition';
comment on column testing.dropped_request.live_agent is 'As in testing.held_event';
comment on column testing.dropped_request.endpoint is 'The endpoint';
comment on column testing.dropped_request.requests is 'Number of requests';
