-- Live events are partitioned by id, so that the oldest can be removed by dropping a table. Query the view
-- testing.audit_event, which leaves out events that 'snoop db reset-live' marked for removal.

-- Marks of 'snoop db reset-live'

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
comment on index testing.forgotten_run is 'Marks by run';
comment on index testing.forgotten_agent is 'Marks by agent and time';
comment on table testing.forgotten is 'Marks of snoop db reset-live: matching events are hidden from then on, including events that arrive later. A mark without run and agent matches all events before forgotten_at';
comment on column testing.forgotten.id is 'Number of the mark';
comment on column testing.forgotten.run is 'The run whose requests are hidden: their Audit-IDs start with the run''s id and a dot; null: not by run';
comment on column testing.forgotten.agent is 'The agent, without test name, whose requests before forgotten_at are hidden; null: not by agent';
comment on column testing.forgotten.forgotten_at is 'When the mark was set';
comment on column testing.forgotten.below_id is 'Events with a lower id already existed when the mark was set';
comment on column testing.forgotten.swept_id is 'Events up to this id were already removed';
comment on column testing.forgotten.removed_at is 'When the hidden rows were removed; null: not yet. The mark stays, for events that arrive later';

-- Restricted: otherwise parallel workers start for a branch of the views that rarely runs.
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
comment on function testing.is_forgotten(text, text, timestamptz, timestamp) is 'Whether a mark in testing.forgotten hides an event. Its time is when the request was received, or when the event was stored (UTC) if that is earlier or the former is unknown: clocks of clusters differ';

create trigger count_epoch_forgotten after insert on testing.forgotten
  for each statement execute function testing.count_epoch();
comment on trigger count_epoch_forgotten on testing.forgotten is 'Later events must be compared with the new mark';

-- The events

create sequence testing.held_event_id;
comment on sequence testing.held_event_id is 'Ids of live events; skips to the start of the next partition when one is sealed';

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
comment on table testing.held_event is 'Audit events of live use, in partitions of 1e9 ids each: testing.held_event_<n> begins at id n * 1e9 and is sealed when it is large or old enough. Query testing.audit_event, which leaves out events marked in testing.forgotten';
comment on column testing.held_event.release is 'Version of the cluster it came from, X.Y.Z; null: unknown';
comment on column testing.held_event.release_date is 'When that release was published; null: unknown';
comment on column testing.held_event.audit_id is 'auditID of the request; each stage of a request is a row';
comment on column testing.held_event.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column testing.held_event.useragent is 'User agent as sent by the client';
comment on column testing.held_event.test is 'The test named by the user agent; null: none';
comment on column testing.held_event.test_hit is 'Whether the agent is an e2e test';
comment on column testing.held_event.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column testing.held_event.data is 'The event as it was sent';
comment on column testing.held_event.source is 'The cluster it came from';
comment on column testing.held_event.id is 'Number of the row, with gaps';
comment on column testing.held_event.ingested_at is 'When it was stored, UTC';
comment on column testing.held_event.stage is 'RequestReceived, ResponseStarted, ResponseComplete or Panic';
comment on column testing.held_event.verb is 'The audit verb: get, list, watch, create …; empty for OPTIONS';
comment on column testing.held_event.code is 'Status code of the response; null: the stage has none';
comment on column testing.held_event.is_dry_run is 'Whether dryRun is set in the query, or in the DeleteOptions if the event has the request body. Events at level Metadata do not, so such a dry run counts as a hit';
comment on column testing.held_event.is_hit is 'Whether this row proves a hit: it has an endpoint and a success code (2xx or 101), and is not a dry run';
comment on column testing.held_event.reason is 'Why it resolved to no endpoint';
comment on column testing.held_event.ambiguous is 'What the event does not show, for example GET or HEAD';
comment on column testing.held_event.document_revision is 'Revision of the cluster''s OpenAPI document that it was resolved with; 0: the endpoints of the baseline, or none; -1: those of a former baseline, and the baseline in use may resolve it';
comment on column testing.held_event.requested_at is 'When the API server received the request; null: unknown';
comment on column testing.held_event.live_agent is 'For agents that start with live-test: the agent without test name, up to 200 characters; null for other agents';

-- Live agents are few among many. Queries for them repeat the condition of these indexes, to read no other rows.
create index held_event_live on testing.held_event (audit_id text_pattern_ops) where useragent like 'live%';
create index held_event_live_agent on testing.held_event (useragent) where useragent like 'live%';
create index held_event_live_hit on testing.held_event (live_agent, endpoint, audit_id) where live_agent is not null and is_hit;
create index held_event_unresolved on testing.held_event (source, document_revision, id)
  where endpoint is null and reason not in ('non-resource path', 'malformed request');
comment on index testing.held_event_live is 'Requests of live tests by auditID or its prefix';
comment on index testing.held_event_live_agent is 'Agents of live tests, readable from the index alone. Events with an agent too long for an index row are rejected: they are forged, since the API server truncates agents at 1,024 bytes';
comment on index testing.held_event_live_hit is 'Successful requests of live tests, counted from the index alone';
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
comment on table testing.held_partition is 'Partitions of testing.held_event, including dropped ones';
comment on column testing.held_partition.number is 'n in testing.held_event_<n>';
comment on column testing.held_partition.created_at is 'When it was attached; the partition after the one being written always exists';
comment on column testing.held_partition.sealed_at is 'Since when new events go to the next partition';
comment on column testing.held_partition.rows is 'Number of its events: null while it is being written, counted after it is sealed, final when it is dropped';
comment on column testing.held_partition.bytes is 'Size with indexes, set as rows is';
comment on column testing.held_partition.oldest_at is 'When its first event was stored, set as rows is';
comment on column testing.held_partition.newest_at is 'When its last event was stored, set as rows is';
comment on column testing.held_partition.dropped_at is 'When it was dropped; null: it exists';

create function testing.add_held_partition(number integer) returns void
  language plpgsql
  as $$
    begin
      -- Created first, then attached: creating a table as a partition locks out all readers meanwhile.
      execute format('create table testing.held_event_%s (like testing.held_event including defaults including comments)', $1);
      execute format('comment on table testing.held_event_%s is %L', $1, format('Partition %s of testing.held_event', $1));
      execute format('alter table testing.held_event attach partition testing.held_event_%s for values from (%s) to (%s)',
                     $1, $1 * 1000000000::bigint, ($1 + 1) * 1000000000::bigint);
      insert into testing.held_partition (number) values ($1);
    end
  $$;
comment on function testing.add_held_partition(integer) is 'Creates and attaches a partition of testing.held_event without blocking readers or writers';

select testing.add_held_partition(number) from generate_series(0, 1) as number;

create view testing.audit_event as
  -- Only one of the two branches runs: without marks an index alone may answer.
  select release, release_date, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source, id, ingested_at,
         stage, verb, code, is_dry_run, is_hit, reason, ambiguous, document_revision, requested_at, live_agent
    from testing.held_event
   where (select not exists (select from testing.forgotten))
  union all
  select release, release_date, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source, id, ingested_at,
         stage, verb, code, is_dry_run, is_hit, reason, ambiguous, document_revision, requested_at, live_agent
    from testing.held_event
   where (select exists (select from testing.forgotten))
     -- Repeats the rules of testing.is_forgotten(), so that it is called for few rows.
     and (nullif(split_part(audit_id, '.', 1), audit_id) in (select run from testing.forgotten where run is not null)) is not true
     and least(requested_at, ingested_at at time zone 'utc')
         >= coalesce((select max(forgotten_at) from testing.forgotten where run is null and agent is null), '-infinity')
     and ((testing.agent_name(useragent) in (select agent from testing.forgotten where agent is not null)) is not true
          or not testing.is_forgotten(audit_id, useragent, requested_at, ingested_at));
comment on view testing.audit_event is 'Audit events of live use, without those marked in testing.forgotten';

create function testing.refuse_delete() returns trigger
  language plpgsql
  as $$
    begin
      raise exception 'Live events cannot be deleted with SQL: their hits would stay'
        using errcode = 'feature_not_supported', hint = 'Use ''snoop db reset-live'': it removes the events of a run, an agent, or all, with their hits.';
    end
  $$;
comment on function testing.refuse_delete() is 'Trigger: refuses to delete live events and names the command that removes them';
create trigger refuse_delete instead of delete on testing.audit_event
  for each row execute function testing.refuse_delete();
comment on trigger refuse_delete on testing.audit_event is 'Users of other SnoopDB versions are used to deleting here';

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
-- Compressing the raw bytes of large events would take seconds, while others wait for the same connection.
alter table testing.held_rejection alter column raw set storage external;
create index held_rejection_audit_id on testing.held_rejection (audit_id);
comment on index testing.held_rejection_audit_id is 'Rejected events of a request';
comment on table testing.held_rejection is 'Rejected events: live events that cannot be stored in testing.held_event. Query testing.rejected_event, which leaves out events marked in testing.forgotten';
comment on column testing.held_rejection.id is 'Number of the row';
comment on column testing.held_rejection.source is 'The cluster it came from';
comment on column testing.held_rejection.release is 'Version of the cluster';
comment on column testing.held_rejection.raw is 'The bytes as they were sent';
comment on column testing.held_rejection.reason is 'Why it was rejected';
comment on column testing.held_rejection.sqlstate is 'SQLSTATE from PostgreSQL; null: rejected before it was sent to PostgreSQL';
comment on column testing.held_rejection.audit_id is 'auditID, if it could be read';
comment on column testing.held_rejection.stage is 'Stage, if it could be read';
comment on column testing.held_rejection.verb is 'Verb, if it could be read';
comment on column testing.held_rejection.request_uri is 'Path and query, if they could be read';
comment on column testing.held_rejection.useragent is 'User agent, if it could be read';
comment on column testing.held_rejection.test is 'The test named by the user agent; null: none';
comment on column testing.held_rejection.code is 'Status code of the response, if it has one';
comment on column testing.held_rejection.endpoint is 'The endpoint it resolved to; null: none';
comment on column testing.held_rejection.is_dry_run is 'As in testing.audit_event';
comment on column testing.held_rejection.is_hit is 'As in testing.audit_event';
comment on column testing.held_rejection.unresolved_reason is 'Why it resolved to no endpoint';
comment on column testing.held_rejection.document_revision is 'As in testing.audit_event';
comment on column testing.held_rejection.rejected_at is 'When it was rejected';

create view testing.rejected_event as
  select id, source, release, raw, reason, sqlstate, audit_id, stage, verb, request_uri, useragent, test, code, endpoint,
         is_dry_run, is_hit, unresolved_reason, document_revision, rejected_at
    from testing.held_rejection
   where not exists (select from testing.forgotten)
      or not testing.is_forgotten(audit_id, useragent, null, rejected_at at time zone 'utc');
comment on view testing.rejected_event is 'Rejected events: live events that cannot be stored in testing.audit_event. Their readable fields count as recorded requests and as hits';

-- The columns of the views get the comments of the tables.
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
comment on index testing.body_ledger_stored_at is 'Oldest first, for removal after a day';
comment on table testing.body_ledger is 'Hashes of stored bodies, so that a repeated body is stored once';
comment on column testing.body_ledger.source is 'The cluster it came from';
comment on column testing.body_ledger.sha256 is 'SHA-256 of the body; senders repeat a body with the same bytes';
comment on column testing.body_ledger.events is 'Number of its events';
comment on column testing.body_ledger.bytes is 'Its size';
comment on column testing.body_ledger.stored_at is 'When it was stored';

-- Kept to find out which sender uses the wrong address or breaks bodies on the way.
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
comment on table testing.rejected_body is 'The last thousand rejected bodies: answered 400 (not JSON, or neither an EventList nor an Event) or 413 (more than 10,000 events that cannot be stored). Nothing else is stored of them';
comment on index testing.rejected_body_last_seen_at is 'Least recently seen first, for removal';
comment on column testing.rejected_body.sha256 is 'SHA-256 of the body: a repeated body has one row';
comment on column testing.rejected_body.source is 'The cluster it was last sent for';
comment on column testing.rejected_body.reason is 'Reason in the response to the sender';
comment on column testing.rejected_body.start is 'Its first bytes';
comment on column testing.rejected_body.bytes is 'Its size';
comment on column testing.rejected_body.seen is 'How often it was received';
comment on column testing.rejected_body.first_seen_at is 'When it was first received';
comment on column testing.rejected_body.last_seen_at is 'When it was last received';

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
comment on table testing.live_upkeep is 'One row: the bounds of the last upkeep of live events';
comment on column testing.live_upkeep.only_row is 'Always true';
comment on column testing.live_upkeep.max_rows is 'Maximum number of events';
comment on column testing.live_upkeep.max_bytes is 'Maximum size, with indexes';
comment on column testing.live_upkeep.max_age is 'Maximum age of events';
comment on column testing.live_upkeep.max_sources is 'Maximum number of sources named by senders';
comment on column testing.live_upkeep.max_hits is 'Maximum number of rows in testing.endpoint_hit for these sources together';
comment on column testing.live_upkeep.kept_at is 'When the upkeep last ran';
comment on column testing.live_upkeep.rejections_until is 'Rejected events up to this time may have been removed';

-- Keeps the number of requests whose events were dropped.
create table testing.dropped_partition_request (
  partition integer not null,
  live_agent text not null,
  source text not null,
  endpoint text not null,
  requests bigint not null,
  primary key (partition, live_agent, source, endpoint)
);
comment on table testing.dropped_partition_request is 'Number of successful requests of live tests whose last successful event is in a dropped partition or in one being dropped';
comment on column testing.dropped_partition_request.partition is 'Number of the partition being dropped; -1: all dropped partitions';
comment on column testing.dropped_partition_request.live_agent is 'As in testing.held_event';
comment on column testing.dropped_partition_request.source is 'The cluster';
comment on column testing.dropped_partition_request.endpoint is 'The endpoint';
comment on column testing.dropped_partition_request.requests is 'Number of requests';

create view testing.dropped_request as
  select live_agent, endpoint, sum(requests)::bigint as requests
    from testing.dropped_partition_request
   -- A partition counts from the moment on at which queries no longer see its events.
   where partition not in (
     select substring(partition.relname from '[0-9]+$')::integer
       from pg_catalog.pg_inherits
       join pg_catalog.pg_class as partition on partition.oid = inhrelid
      where inhparent = 'testing.held_event'::regclass and not inhdetachpending)
   group by live_agent, endpoint;
comment on view testing.dropped_request is 'Number of successful requests of live tests whose events were dropped with their partition';
comment on column testing.dropped_request.live_agent is 'As in testing.held_event';
comment on column testing.dropped_request.endpoint is 'The endpoint';
comment on column testing.dropped_request.requests is 'Number of requests';
