create table testing.run (
  id text primary key,
  author text,
  agent text not null,
  source text,
  cluster_version text,
  cluster_server text,
  started_at timestamptz not null,
  ended_at timestamptz,
  state text not null check (state in ('running', 'passed', 'failed', 'interrupted'))
);
create index run_started_at on testing.run (started_at desc, id desc);
comment on index testing.run_started_at is 'The newest run first';
comment on table testing.run is 'Runs of live tests';
comment on column testing.run.id is 'Time of the start in UTC and six letters, for example 20261121-030501-x7k2q9';
comment on column testing.run.author is 'Who ran it';
comment on column testing.run.agent is 'The test agent';
comment on column testing.run.source is 'The cluster as a source of events; null when it is not known which';
comment on column testing.run.cluster_version is 'The cluster''s version';
comment on column testing.run.cluster_server is 'The cluster''s address';
comment on column testing.run.started_at is 'Start';
comment on column testing.run.ended_at is 'End; null while it runs';
comment on column testing.run.state is 'running, passed, failed or interrupted';

create table testing.run_test (
  run text not null references testing.run (id) on delete cascade,
  test integer not null,
  name text not null,
  file text not null,
  state text not null check (state in ('running', 'passed', 'failed', 'skipped')),
  error text,
  started_at timestamptz,
  ended_at timestamptz,
  primary key (run, test)
);
comment on table testing.run_test is 'The tests of a run';
comment on column testing.run_test.run is 'The run';
comment on column testing.run_test.test is 'Number of the test within its run';
comment on column testing.run_test.name is 'The test''s name';
comment on column testing.run_test.file is 'The file it stands in';
comment on column testing.run_test.state is 'running, passed, failed or skipped';
comment on column testing.run_test.error is 'Why it failed';
comment on column testing.run_test.started_at is 'Start';
comment on column testing.run_test.ended_at is 'End';

create table testing.run_step (
  run text not null,
  test integer not null,
  step integer not null,
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
comment on column testing.run_step.name is 'What the step does';
comment on column testing.run_step.state is 'running, passed or failed';
comment on column testing.run_step.started_at is 'Start';
comment on column testing.run_step.ended_at is 'End';

create table testing.run_request (
  run text not null references testing.run (id) on delete cascade,
  audit_id text not null,
  test integer not null,
  step integer,
  method text not null,
  path text not null,
  status integer,
  outcome text not null check (outcome in ('answered', 'open', 'no answer', 'unknown')),
  error text,
  sent_at timestamptz not null,
  answered_at timestamptz,
  closed_at timestamptz,
  primary key (run, audit_id)
);
comment on table testing.run_request is 'The requests that a run sent, as its client noted them';
comment on column testing.run_request.run is 'The run';
comment on column testing.run_request.audit_id is 'The Audit-ID the client chose';
comment on column testing.run_request.test is 'The test that sent it';
comment on column testing.run_request.step is 'The step within which it was sent; null: outside of one';
comment on column testing.run_request.method is 'HTTP method';
comment on column testing.run_request.path is 'Path and query';
comment on column testing.run_request.status is 'Code of the answer; null: none was seen';
comment on column testing.run_request.outcome is 'answered; open: answered and still running, a watch; no answer; unknown: the journal ends before it';
comment on column testing.run_request.error is 'Why there is no answer';
comment on column testing.run_request.sent_at is 'When it left';
comment on column testing.run_request.answered_at is 'When the answer''s head came';
comment on column testing.run_request.closed_at is 'When the answer ended';
