create table testing.cluster (
  source text primary key,
  version text not null,
  etag text,
  digest text not null,
  revision bigint not null,
  loaded_at timestamptz not null default now()
);
comment on table testing.cluster is 'The clusters whose events arrive, and which of their OpenAPI documents is in use';
comment on column testing.cluster.source is 'The cluster''s name as a source of events';
comment on column testing.cluster.version is 'What its /version says, X.Y.Z';
comment on column testing.cluster.etag is 'ETag of the OpenAPI document, to ask whether it has changed';
comment on column testing.cluster.digest is 'sha256 of the document''s operations';
comment on column testing.cluster.revision is 'Counts the changes of the operations, from 1 on';
comment on column testing.cluster.loaded_at is 'When the document was loaded or found unchanged';

create table testing.cluster_endpoint (
  source text not null references testing.cluster (source) on delete cascade,
  endpoint text not null,
  method text not null,
  path text not null,
  level text not null,
  category text not null,
  k8s_group text,
  k8s_version text,
  k8s_kind text,
  k8s_action text,
  deprecated boolean not null,
  description text,
  removed_at timestamptz,
  primary key (source, endpoint, method, path)
);
comment on table testing.cluster_endpoint is 'The endpoints of a cluster''s own OpenAPI document, custom resources and aggregated APIs included. They resolve requests and are never a release';
comment on column testing.cluster_endpoint.source is 'The cluster';
comment on column testing.cluster_endpoint.endpoint is 'The operationId';
comment on column testing.cluster_endpoint.method is 'HTTP method in upper case';
comment on column testing.cluster_endpoint.path is 'The path with its parameters in braces';
comment on column testing.cluster_endpoint.level is 'stable, beta or alpha';
comment on column testing.cluster_endpoint.category is 'The operation''s tag without its version';
comment on column testing.cluster_endpoint.k8s_group is 'API group of the kind';
comment on column testing.cluster_endpoint.k8s_version is 'API version of the kind';
comment on column testing.cluster_endpoint.k8s_kind is 'The kind it works on';
comment on column testing.cluster_endpoint.k8s_action is 'get, list, post, put, patch, delete, deletecollection, connect, watch …';
comment on column testing.cluster_endpoint.deprecated is 'As in public.open_api';
comment on column testing.cluster_endpoint.description is 'What the document says about it';
comment on column testing.cluster_endpoint.removed_at is 'When a document came without it; it still resolves, after the served ones, so that a definition made and deleted within one test keeps its hits';

create table testing.audit_event (
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
  id bigint generated always as identity primary key,
  ingested_at timestamp not null default (now() at time zone 'utc'),
  stage text,
  verb text,
  code integer,
  is_dry_run boolean not null,
  is_hit boolean not null,
  reason text,
  ambiguous text,
  document_revision bigint not null
);
-- Live agents are few among many: whoever asks for them repeats this condition and reads no other row.
create index audit_event_live on testing.audit_event (audit_id) where useragent like 'live-test%';
create index audit_event_unresolved on testing.audit_event (source, document_revision) where endpoint is null and reason <> 'non-resource path';
comment on index testing.audit_event_live is 'Requests of live tests by their auditID';
comment on index testing.audit_event_unresolved is 'Events that a newer OpenAPI document may resolve';
comment on table testing.audit_event is 'Audit events of live use, as they came';
comment on column testing.audit_event.release is 'The version of the cluster it came from, X.Y.Z; null when that is not known';
comment on column testing.audit_event.release_date is 'When that release was published, where known';
comment on column testing.audit_event.audit_id is 'auditID: the request; each of its stages is a row';
comment on column testing.audit_event.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column testing.audit_event.useragent is 'The client''s user agent as sent';
comment on column testing.audit_event.test is 'The test named by the user agent; null: none';
comment on column testing.audit_event.test_hit is 'Whether the agent is an e2e test; a live test''s is none';
comment on column testing.audit_event.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column testing.audit_event.data is 'The event as it was sent, numbers and all';
comment on column testing.audit_event.source is 'The cluster it came from';
comment on column testing.audit_event.id is 'Number of the row';
comment on column testing.audit_event.ingested_at is 'When it was stored, UTC';
comment on column testing.audit_event.stage is 'RequestReceived, ResponseStarted, ResponseComplete or Panic';
comment on column testing.audit_event.verb is 'The audit verb: get, list, watch, create …; empty for OPTIONS';
comment on column testing.audit_event.code is 'Code of the answer; null when the stage has none';
comment on column testing.audit_event.is_dry_run is 'Whether dryRun stands in the query';
comment on column testing.audit_event.is_hit is 'Whether this row proves a hit: an endpoint, a success code (2xx or 101), no dry run';
comment on column testing.audit_event.reason is 'Why there is no endpoint';
comment on column testing.audit_event.ambiguous is 'What the event leaves open, for example GET or HEAD';
comment on column testing.audit_event.document_revision is 'Revision of the cluster''s OpenAPI document that resolved it; 0: the baseline''s endpoints, or none';

create table testing.endpoint_hit (
  source text not null,
  release text,
  endpoint text not null,
  useragent text not null,
  test text,
  test_hit boolean not null,
  conf_test_hit boolean not null,
  first_seen_at timestamptz not null default now()
);
create unique index endpoint_hit_key on testing.endpoint_hit
  (endpoint, source, coalesce(release, ''), md5(useragent), md5(coalesce(test, '')));
comment on index testing.endpoint_hit_key is 'One row a hit. Long agents and names go in as their md5: an index row has a limit of size';
comment on table testing.endpoint_hit is 'Which endpoints live clients hit with success, by whom, and when first. Presence only: numbers are counted from events';
comment on column testing.endpoint_hit.source is 'The cluster';
comment on column testing.endpoint_hit.release is 'The cluster''s version';
comment on column testing.endpoint_hit.endpoint is 'The endpoint';
comment on column testing.endpoint_hit.useragent is 'The agent, without the test''s name';
comment on column testing.endpoint_hit.test is 'The test''s name; null: none';
comment on column testing.endpoint_hit.test_hit is 'Whether the agent is an e2e test';
comment on column testing.endpoint_hit.conf_test_hit is 'Whether the agent is an e2e test whose name has [Conformance]';
comment on column testing.endpoint_hit.first_seen_at is 'When the first such event was stored';

create table testing.body_ledger (
  source text not null,
  sha256 bytea not null,
  events integer not null,
  bytes bigint not null,
  stored_at timestamptz not null default now(),
  primary key (source, sha256)
);
comment on table testing.body_ledger is 'The bodies that are committed: the same one is not stored again';
comment on column testing.body_ledger.source is 'The cluster it came from';
comment on column testing.body_ledger.sha256 is 'Hash of the body; a sender repeats a body with the same bytes';
comment on column testing.body_ledger.events is 'Events in it';
comment on column testing.body_ledger.bytes is 'Its size';
comment on column testing.body_ledger.stored_at is 'When it was committed';

create table testing.rejected_event (
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
create index rejected_event_audit_id on testing.rejected_event (audit_id);
comment on index testing.rejected_event_audit_id is 'Set-aside events of a request';
comment on table testing.rejected_event is 'Quarantine: events that cannot be stored in testing.audit_event. What could be read of them counts as recorded, and as a hit';
comment on column testing.rejected_event.id is 'Number of the row';
comment on column testing.rejected_event.source is 'The cluster it came from';
comment on column testing.rejected_event.release is 'The cluster''s version';
comment on column testing.rejected_event.raw is 'The bytes as they were sent';
comment on column testing.rejected_event.reason is 'Why it was set aside';
comment on column testing.rejected_event.sqlstate is 'What PostgreSQL answered; null when it was not asked';
comment on column testing.rejected_event.audit_id is 'auditID, if it could be read';
comment on column testing.rejected_event.stage is 'Stage, if it could be read';
comment on column testing.rejected_event.verb is 'Verb, if it could be read';
comment on column testing.rejected_event.request_uri is 'Path and query, if they could be read';
comment on column testing.rejected_event.useragent is 'User agent, if it could be read';
comment on column testing.rejected_event.test is 'The test named by the user agent; null: none';
comment on column testing.rejected_event.code is 'Code of the answer, if there is one';
comment on column testing.rejected_event.endpoint is 'The endpoint it resolved to; null: none';
comment on column testing.rejected_event.is_dry_run is 'Whether dryRun stands in the query';
comment on column testing.rejected_event.is_hit is 'As in testing.audit_event';
comment on column testing.rejected_event.unresolved_reason is 'Why there is no endpoint';
comment on column testing.rejected_event.document_revision is 'As in testing.audit_event';
comment on column testing.rejected_event.rejected_at is 'When it was set aside';
