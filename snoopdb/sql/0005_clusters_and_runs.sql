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

create function testing.refuse_false_labels() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
    declare
      false_label record;
    begin
      with asked as materialized (
        -- The others are the baseline's to the letter: nearly all.
        select given.source, given.endpoint, given.method, given.path
          from added as given
          left join testing.baseline_endpoint as same
            on same.in_use and same.endpoint = given.endpoint and same.method = given.method and same.path = given.path
         where same.endpoint is null
      ), placed as materialized (
        select asked.source, asked.endpoint, asked.method || ' /' || public.path_shape(asked.path) as identity from asked
      ), baseline as materialized (
        select known.endpoint, known.method || ' /' || public.path_shape(known.path) as identity
          from (select endpoint, method, path from testing.baseline_endpoint where in_use
                union
                -- A baseline that was chosen by hand is followed later.
                select endpoint, method, path from public.open_api where release = (select public.baseline_release())
               ) as known
         where exists (select from asked)
      ), repeated as materialized (
        select source, endpoint from testing.cluster_endpoint
         where source in (select source from asked)
         group by source, endpoint having count(*) > 1
      ), shared as materialized (
        select source, endpoint from testing.cluster_endpoint
         where (source, endpoint) in (select source, endpoint from repeated)
         group by source, endpoint having count(distinct method || ' /' || public.path_shape(path)) > 1
      )
      select placed.endpoint, placed.identity into false_label
        from placed
       where ((placed.endpoint in (select endpoint from baseline) or placed.identity in (select identity from baseline))
              and (placed.endpoint, placed.identity) not in (select endpoint, identity from baseline))
          or (placed.source, placed.endpoint) in (select source, endpoint from shared)
          or (placed.endpoint ~ '^[A-Z]+ /' and public.path_shape(placed.endpoint) <> placed.identity)
       limit 1;
      if found then
        raise exception 'The label % does not belong to the endpoint %', false_label.endpoint, false_label.identity
          using errcode = 'check_violation',
                hint = 'An endpoint of the baseline has the baseline''s name, and no other endpoint has it. ''snoop load openapi --cluster'' gives the right labels.';
      end if;
      return null;
    end
  $$;
comment on function testing.refuse_false_labels() is 'Trigger: a label of the baseline stands only for the baseline''s method and path, and these have no other one; a label made of method and path is the row''s own; no two endpoints of a cluster share a label. So an added endpoint cannot take credit for another one';
create trigger refuse_false_labels after insert on testing.cluster_endpoint
  referencing new table as added for each statement execute function testing.refuse_false_labels();
comment on trigger refuse_false_labels on testing.cluster_endpoint is 'Labels are given when a row is added; only the owner can change them, together with the live rows that bear them';

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
  id text primary key check (strpos(id, '.') = 0),
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
  command text,
  snoop_version text,
  node_version text,
  client_version text,
  git_commit text,
  git_dirty boolean,
  settled_at timestamptz,
  imported_at timestamptz
);
create index run_started_at on testing.run (started_at desc, id desc);
comment on index testing.run_started_at is 'Newest run first';
comment on table testing.run is 'Runs of live tests, and of commands by snoop exec';
comment on column testing.run.id is 'Start time in UTC and six random characters, without a dot, for example 20261121-030501-x7k2q9';
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
comment on column testing.run.command is 'The command line, without passwords';
comment on column testing.run.snoop_version is 'Version of snoop';
comment on column testing.run.node_version is 'Version of Node.js';
comment on column testing.run.client_version is 'Version of @kubernetes/client-node';
comment on column testing.run.git_commit is 'Commit of the folder in which the command ran; null: not a git work tree, or no commit yet';
comment on column testing.run.git_dirty is 'Whether files of that folder differed from the commit; null: not a git work tree';
comment on column testing.run.imported_at is 'When the run was imported from another SnoopDB; null: it ran with this one. Events of imported runs are in no live table or view';
comment on column testing.run.settled_at is 'When testing.settle_run() first stored the run''s evidence; the run cannot change from then on. null: evidence is read from the events';

create table testing.run_test (
  run text not null references testing.run (id) on delete cascade,
  test integer not null,
  name text not null,
  file text not null,
  state text not null check (state in ('running', 'passed', 'failed', 'skipped', 'outlined')),
  error text,
  tries integer not null default 1 check (tries >= 1),
  namespace text,
  owns_namespace boolean not null default false,
  started_at timestamptz,
  ended_at timestamptz,
  output text check (length(output) <= 70000),
  primary key (run, test)
);
comment on table testing.run_test is 'The tests of a run';
comment on column testing.run_test.run is 'The run';
comment on column testing.run_test.test is 'Number of the test within its run';
comment on column testing.run_test.name is 'Name of the test';
comment on column testing.run_test.file is 'File that contains it';
comment on column testing.run_test.state is 'running, passed, failed, skipped or outlined: all its steps are outlined, and it sent no request';
comment on column testing.run_test.error is 'Why it failed';
comment on column testing.run_test.tries is 'Number of tries; all but the last failed';
comment on column testing.run_test.namespace is 'Namespace of its last try; null: it used none';
comment on column testing.run_test.owns_namespace is 'Whether the namespace was created for this test and removed after it';
comment on column testing.run_test.started_at is 'Start';
comment on column testing.run_test.ended_at is 'End';
comment on column testing.run_test.output is 'What it printed, from its beginning; null: nothing';

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
  state text not null check (state in ('running', 'passed', 'failed', 'outlined')),
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
comment on column testing.run_step.state is 'running, passed, failed or outlined: to be written';
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
  unread_body text,
  client_agent text,
  sent_at timestamptz not null,
  answered_at timestamptz,
  closed_at timestamptz,
  primary key (run, audit_id),
  -- A run must not claim the events of another run's requests.
  check (starts_with(audit_id, run || '.'))
);
comment on table testing.run_request is 'Requests of a run, as recorded by its client';
comment on column testing.run_request.run is 'The run';
comment on column testing.run_request.audit_id is 'Audit-ID, chosen by the client: the run id, a dot, and more';
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
comment on column testing.run_request.unread_body is 'Content type of a body that may request a dry run and could not be read; such a request does not count as a hit of the run. null: none';
comment on column testing.run_request.client_agent is 'User agent of the client that snoop exec ran; in the events it is replaced by the test agent. null: the request of a live test, or the client sent none';
comment on column testing.run_request.sent_at is 'When it was sent';
comment on column testing.run_request.answered_at is 'When the response headers arrived';
comment on column testing.run_request.closed_at is 'When the response ended';

-- Files and bodies of runs

create table testing.source_file (
  sha256 bytea primary key,
  content text not null,
  check (sha256 = sha256(convert_to(content, 'UTF8')))
);
comment on table testing.source_file is 'Sources of tests, each content once';
comment on column testing.source_file.sha256 is 'SHA-256 of the content';
comment on column testing.source_file.content is 'The text';

create table testing.run_file (
  run text not null references testing.run (id) on delete cascade,
  file text not null,
  sha256 bytea references testing.source_file (sha256),
  omitted text,
  primary key (run, file),
  check ((sha256 is null) = (omitted is not null))
);
create index run_file_sha256 on testing.run_file (sha256);
comment on table testing.run_file is 'Test files of a run and what they imported, as they were when they were loaded';
comment on index testing.run_file_sha256 is 'Runs by source, to find sources of removed runs';
comment on column testing.run_file.run is 'The run';
comment on column testing.run_file.file is 'Path, relative to the folder in which the command ran if it is below it';
comment on column testing.run_file.sha256 is 'Its content';
comment on column testing.run_file.omitted is 'Why its content is not stored';

create table testing.run_body (
  run text not null,
  audit_id text not null,
  direction text not null check (direction in ('request', 'answer')),
  body jsonb,
  bytes bigint not null,
  omitted text,
  primary key (run, audit_id, direction),
  foreign key (run, audit_id) references testing.run_request (run, audit_id) on delete cascade,
  check ((body is null) = (omitted is not null)),
  check (body is null or octet_length(body::text) <= 1000000)
);
comment on table testing.run_body is 'Bodies of a run''s requests and answers, as JSON of up to 64 KB each. Values of Secrets, tokens and passwords are replaced by their length';
comment on column testing.run_body.run is 'The run';
comment on column testing.run_body.audit_id is 'The request';
comment on column testing.run_body.direction is 'request or answer';
comment on column testing.run_body.body is 'The body; null: omitted';
comment on column testing.run_body.bytes is 'Size of the body as it was sent, uncompressed';
comment on column testing.run_body.omitted is 'Why it is not stored: too large, not JSON, …';
