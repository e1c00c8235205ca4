-- $1: the run, $2: its files as JSON. Each content is stored once.
with given as materialized (
  select file, content, omitted, sha256(convert_to(content, 'UTF8')) as sha256
    from jsonb_to_recordset($2::jsonb) as given (file text, content text, omitted text)
), added as (
  insert into testing.source_file (sha256, content)
  select distinct sha256, content from given where content is not null
  on conflict do nothing
)
insert into testing.run_file (run, file, sha256, omitted)
select $1, file, sha256, omitted from given
on conflict (run, file) do update set sha256 = excluded.sha256, omitted = excluded.omitted
