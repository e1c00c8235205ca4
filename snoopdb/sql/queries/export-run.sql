-- A run as one JSON document: its rows in all tables, without the column run. $1: the run, $2: with bodies.
select jsonb_build_object(
  'format', 'snoop-run',
  'version', 1,
  'run', to_jsonb(run) - 'imported_at',
  'baseline', (
    select to_jsonb(compared) - case when compared.unknown = 0 then '{run,unknown}' else '{run}' end::text[]
      from testing.run_baseline as compared where compared.run = run.id),
  'coverage_before', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.category), '[]')
      from testing.run_coverage_before as item where item.run = run.id),
  'endpoints', (
    select coalesce(jsonb_agg(to_jsonb(item) - case when item.unknown then '{run}' else '{run,unknown}' end::text[] order by item.sent_by, item.useragent, item.endpoint), '[]')
      from testing.run_endpoint as item where item.run = run.id),
  'tests', (
    select coalesce(jsonb_agg(to_jsonb(item) - case when item.output is null then '{run,output}' else '{run}' end::text[] order by item.test), '[]')
      from testing.run_test as item where item.run = run.id),
  'steps', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.test, item.step), '[]')
      from testing.run_step as item where item.run = run.id),
  'errors', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.error), '[]')
      from testing.run_error as item where item.run = run.id),
  'requests', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.sent_at, item.audit_id), '[]')
      from testing.run_request as item where item.run = run.id),
  'evidence', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.seen_at, item.audit_id, item.stage), '[]')
      from testing.run_evidence as item where item.run = run.id),
  'other_events', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.audit_id, item.number), '[]')
      from testing.run_other_event as item where item.run = run.id),
  'files', (
    select coalesce(jsonb_agg(jsonb_build_object('file', file.file, 'content', source.content, 'omitted', file.omitted) order by file.file), '[]')
      from testing.run_file as file
      left join testing.source_file as source on source.sha256 = file.sha256
     where file.run = run.id)
) || case when not $2::boolean then '{}' else jsonb_build_object('bodies', (
    select coalesce(jsonb_agg(to_jsonb(item) - 'run' order by item.audit_id, item.direction), '[]')
      from testing.run_body as item where item.run = run.id)) end as document
  from testing.run as run
 where run.id = $1 and run.settled_at is not null
