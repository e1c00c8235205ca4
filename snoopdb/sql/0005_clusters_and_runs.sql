create table testing.cluster (
  source text primary key,
  version text not null,
  etag text,
  digest text not null,
  revision bigint not null,
  loaded_at timestamptz not null default now()
);
comment on table testing.cluster is 'Clusters that send events, and the OpenAPI document in use for each';
comment on column testing.cluster.source is 'Name of the cluster as a source of events';
comment on column testing.cluster.version is 'Version of the cluster from its /version, X.Y.Z';
comment on column testing.cluster.etag is 'ETag of the OpenAPI document, to check whether it has changed';
comment on column testing.cluster.digest is 'SHA-256 of the document''s operations';
comment on column testing.cluster.revision is 'Incremented when the operations change; starts at 1';
comment on column testing.cluster.loaded_at is 'When the document was loaded or found unchanged';

create table testing.cluster_endpoint (
  source text not null references testing.cluster (source) on delete cascade,
  endpoint text not null,
  operation_id text,
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
  primary key (source, method, path)
);
comment on table testing.cluster_endpoint is 'Endpoints of a cluster''s own OpenAPI document, including custom resources and aggregated APIs. Used to resolve requests; not part of any release';
comment on column testing.cluster_endpoint.source is 'The cluster';
comment on column testing.cluster_endpoint.endpoint is 'Its label: that of the baseline for the same method and path, else the operationId if it is unique, else method and path';
comment on column testing.cluster_endpoint.operation_id is 'The operationId in the document, not necessarily unique; method and path if it has none; null: same as endpoint';
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
comment on column testing.cluster_endpoint.removed_at is 'When a newer document no longer had it. It still resolves requests that no served endpoint matches, so that a definition created and deleted within one test keeps its hits';

-- The baseline by which the endpoints in live rows are labelled. Labels change in the same transaction as this table.
create table testing.baseline_endpoint (
  endpoint text not null,
  method text not null,
  path text not null,
  deprecated boolean not null,
  in_use boolean not null,
  primary key (method, path, endpoint)
);
comment on table testing.baseline_endpoint is 'Endpoints of the current and former baselines, by which the endpoints of live rows are labelled. Method and path identify an endpoint; its name is a label';
comment on column testing.baseline_endpoint.endpoint is 'Label in that baseline';
comment on column testing.baseline_endpoint.method is 'HTTP method in upper case';
comment on column testing.baseline_endpoint.path is 'The path with its parameters in braces';
comment on column testing.baseline_endpoint.deprecated is 'As in public.open_api';
comment on column testing.baseline_endpoint.in_use is 'Whether it belongs to the baseline in use; false: only to a former baseline';

create view testing.identified_hit as
  with own as (
    -- Served or removed, and whatever its parameters are called: one endpoint.
    select distinct on (source, endpoint) source, endpoint, method, public.path_shape(path) as shape
      from testing.cluster_endpoint
     order by source, endpoint, removed_at is not null, path
  ), named as (
    select distinct on (endpoint) endpoint, method, public.path_shape(path) as shape
      from (
        select endpoint, method, path, not in_use as is_former from testing.baseline_endpoint
        union all
        -- Labels follow a baseline that was set with SQL only later.
        select endpoint, method, path, true from public.open_api where release = (select public.baseline_release())
      ) as known
     order by endpoint, is_former, path
  ), released as (
    -- offset 0: computed once per endpoint, not per hit.
    select release, endpoint, method, public.path_shape(path) as shape from public.open_api offset 0
  )
  select true as live, hit.source, hit.release, hit.endpoint,
         coalesce(coalesce(own.method, named.method) || ' /' || coalesce(own.shape, named.shape), public.path_shape(hit.endpoint)) as identity,
         hit.useragent, hit.test, hit.test_hit, hit.first_seen_at, hit.sample_verb, hit.sample_uri, hit.sample_code
    from testing.endpoint_hit as hit
    left join own on own.source = hit.source and own.endpoint = hit.endpoint
    left join named on named.endpoint = hit.endpoint
  union all
  select false, hit.source, hit.release, hit.endpoint,
         coalesce(released.method || ' /' || released.shape, public.path_shape(hit.endpoint)),
         hit.useragent, hit.test, hit.test_hit, hit.first_seen_at, hit.sample_verb, hit.sample_uri, hit.sample_code
    from public.endpoint_hit as hit
    left join released on released.release = hit.release and released.endpoint = hit.endpoint;
comment on view testing.identified_hit is 'Hits of all clients, live and loaded, with the identity of the endpoint: the same name may mean another endpoint in another cluster or release';
comment on column testing.identified_hit.live is 'Whether the row comes from testing.endpoint_hit; false: from public.endpoint_hit';
comment on column testing.identified_hit.source is 'A cluster, a CI run or a file';
comment on column testing.identified_hit.release is 'The cluster''s version, or the release that was tested';
comment on column testing.identified_hit.endpoint is 'Label of the endpoint there';
comment on column testing.identified_hit.identity is 'Method and path of the endpoint, the path as in public.path_shape(); the label if neither a document nor a release has the endpoint';
comment on column testing.identified_hit.useragent is 'The agent, without the test name';
comment on column testing.identified_hit.test is 'The test name; null: unknown';
comment on column testing.identified_hit.test_hit is 'Whether the agent is an e2e test';
comment on column testing.identified_hit.first_seen_at is 'When it was first seen; null: unknown';
comment on column testing.identified_hit.sample_verb is 'Verb of a request that proved the hit; null: unknown';
comment on column testing.identified_hit.sample_uri is 'Path and query of that request, up to 500 characters';
comment on column testing.identified_hit.sample_code is 'Status code of its response';

create table testing.run (
  id text primary key,
  author text,
  agent text not null,
  sources text[] not null,
  cluster_version text,
  cluster_server text,
  started_at timestamptz not null,
  ended_at timestamptz,
  state text not null check (state in ('running', 'passed', 'failed', 'interrupted')),
  source_probe_id text,
  source_probe_digests text[] not null default '{}',
  settled_at timestamptz
);
create index run_started_at on testing.run (started_at desc, id desc);
comment on index testing.run_started_at is 'Newest run first';
comment on table testing.run is 'Runs of live tests';
comment on column testing.run.id is 'Start time in UTC and six random characters, for example 20261121-030501-x7k2q9';
comment on column testing.run.author is 'Author of the run';
comment on column testing.run.agent is 'The test agent';
comment on column testing.run.sources is 'Sources of the cluster''s events, one for each kube-apiserver; empty: unknown';
comment on column testing.run.cluster_version is 'Version of the cluster';
comment on column testing.run.cluster_server is 'Address of the cluster';
comment on column testing.run.started_at is 'Start';
comment on column testing.run.ended_at is 'End; null while it runs';
comment on column testing.run.state is 'running, passed, failed or interrupted';
comment on column testing.run.source_probe_id is 'Audit-ID of probes: requests with random paths, sent before the first test if the sources are unknown. The sources of their events are those of the cluster. null: none was sent';
comment on column testing.run.source_probe_digests is 'SHA-256 (hex) of path and query of each probe. Only hashes are kept, so that an event with the right path cannot be forged from this row';
comment on column testing.run.settled_at is 'When testing.settle_run() first stored the run''s evidence; the run cannot change from then on. null: evidence is read from the events';

create table testing.run_test (
  run text not null references testing.run (id) on delete cascade,
  test integer not null,
  name text not null,
  file text not null,
  state text not null check (state in ('running', 'passed', 'failed', 'skipped')),
  error text,
  tries integer not null default 1 check (tries >= 1),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (run, test)
);
comment on table testing.run_test is 'The tests of a run';
comment on column testing.run_test.run is 'The run';
comment on column testing.run_test.test is 'Number of the test within its run';
comment on column testing.run_test.name is 'Name of the test';
comment on column testing.run_test.file is 'File that contains it';
comment on column testing.run_test.state is 'running, passed, failed or skipped';
comment on column testing.run_test.error is 'Why it failed';
comment on column testing.run_test.tries is 'Number of tries; all but the last failed';
comment on column testing.run_test.started_at is 'Start';
comment on column testing.run_test.ended_at is 'End';

create table testing.run_error (
  run text not null references testing.run (id) on delete cascade,
  error integer not null,
  file text,
  line integer,
  message text not null,
  primary key (run, error)
);
comment on table testing.run_error is 'Errors of a run outside its tests: a file that did not load or has no test, a failed hook of a file or suite, an uncaught error';
comment on column testing.run_error.run is 'The run';
comment on column testing.run_error.error is 'Number of the error within its run';
comment on column testing.run_error.file is 'File where it happened; null: unknown';
comment on column testing.run_error.line is 'Line in that file; null: unknown';
comment on column testing.run_error.message is 'Message of the error';

create table testing.run_step (
  run text not null,
  test integer not null,
  step integer not null,
  try integer not null default 1,
  name text not null,
  state text not null check (state in ('running', 'passed', 'failed')),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (run, test, step),
  foreign key (run, test) references testing.run_test (run, test) on delete cascade
);
comment on table testing.run_step is 'The steps of a test';
comment on column testing.run_step.run is 'The run';
comment on column testing.run_step.test is 'Number of the test within its run';
comment on column testing.run_step.step is 'Number of the step within its test';
comment on column testing.run_step.try is 'Try of its test, from 1';
comment on column testing.run_step.name is 'What the step does';
comment on column testing.run_step.state is 'running, passed or failed';
comment on column testing.run_step.started_at is 'Start';
comment on column testing.run_step.ended_at is 'End';

create table testing.run_request (
  run text not null references testing.run (id) on delete cascade,
  audit_id text not null,
  test integer not null,
  try integer not null default 1,
  step integer,
  method text not null,
  path text not null,
  request_uri text not null,
  status integer,
  outcome text not null check (outcome in ('answered', 'before audit', 'open', 'no answer', 'unknown')),
  error text,
  is_dry_run boolean not null default false,
  sent_at timestamptz not null,
  answered_at timestamptz,
  closed_at timestamptz,
  primary key (run, audit_id)
);
comment on table testing.run_request is 'Requests of a run, as recorded by its client';
comment on column testing.run_request.run is 'The run';
comment on column testing.run_request.audit_id is 'Audit-ID, chosen by the client';
comment on column testing.run_request.test is 'The test that sent it';
comment on column testing.run_request.try is 'The try of the test that sent it, from 1';
comment on column testing.run_request.step is 'The step that sent it; null: sent outside of steps';
comment on column testing.run_request.method is 'HTTP method';
comment on column testing.run_request.path is 'Path and query';
comment on column testing.run_request.request_uri is 'requestURI in the audit events of the request: path and query without the path prefix of the kubeconfig''s server, as the API server writes them';
comment on column testing.run_request.status is 'Status code of the response; null: none was seen';
comment on column testing.run_request.outcome is 'answered; before audit: answered by the HTTP server itself, so no event is expected; open: answered and still streaming (watch); no answer; unknown: the journal ends before the response';
comment on column testing.run_request.error is 'Why no response came';
comment on column testing.run_request.is_dry_run is 'Whether its body requests a dry run, as the DeleteOptions of a DELETE can; events at level Metadata do not show it. A dryRun in the query is part of path';
comment on column testing.run_request.sent_at is 'When it was sent';
comment on column testing.run_request.answered_at is 'When the response headers arrived';
comment on column testing.run_request.closed_at is 'When the response ended';
