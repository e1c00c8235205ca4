-- $1: a release; $2: the source of hits that a coverage file brought. The release's coverage file as one json value, with the fields in the order of the published ones.
with covered as (
  select coverage.*, eligibility.eligible, coalesce(first.release = $1, false) as is_new,
         first.release is not null as has_first
    from public.endpoint_coverage as coverage
    join conformance.endpoint_eligibility as eligibility using (release, endpoint)
    left join conformance.first_stable_release as first on first.endpoint = coverage.endpoint
   where coverage.release = $1
), known as (
  -- One endpoint of which nobody knows makes the number unknown. What the history does not have of a release that it
  -- covers is not new there; of a later one, or without a history, it may be.
  select bool_and(eligible is not null) as eligible,
         bool_and(eligible is not null)
           and ($1::public.semver <= (select newest_release::public.semver from conformance.history_data)) is true
            or bool_and(eligible is not null and (has_first or not eligible)) as new
    from covered
), source as (
  select source collate "C" as source from public.release_data, unnest(sources) as source where release = $1
  union
  -- A coverage file is told by the runs that it names.
  select source from public.endpoint_hit where release = $1 and test_hit and source <> $2
)
select json_build_object(
         'spec', (select spec from public.open_api where release = $1 and spec is not null limit 1),
         'tests', coalesce((
           select json_agg(json_build_object(
                    'file', file, 'test', test, 'release', release, 'testname', testname,
                    'conformance_test', conformance_test, 'promotion_release', promotion_release)
                    order by test collate "C")
             from public.audit_event_test where release = $1 and test <> ''), '[]'),
         'release', $1,
         'sources', coalesce((select json_agg(source order by source) from source), '[]'),
         'endpoints', coalesce((
           select json_agg(json_build_object(
                    'kind', kind, 'path', path, 'group', "group", 'level', level, 'tests', tests, 'action', action,
                    'tested', tested, 'release', release, 'version', version, 'category', category, 'endpoint', endpoint,
                    'conf_tested', conf_tested, 'description', description)
                    order by endpoint collate "C")
             from covered), '[]'),
         'release_date', to_char(data.release_date, 'YYYY-MM-DD"T"HH24:MI:SS'),
         'total endpoints', (select count(*) from covered),
         'tested endpoints', (select count(*) from covered where tested),
         'new conformance eligible endpoints', case when known.new then (select count(*) from covered where eligible and is_new) end,
         'total conformance eligible endpoints', case when known.eligible then (select count(*) from covered where eligible) end,
         'tested conformance eligible endpoints', case when known.eligible then (select count(*) from covered where eligible and conf_tested) end,
         'new tested conformance eligible endpoints', case when known.new then (select count(*) from covered where eligible and is_new and conf_tested) end
       ) as document,
       -- What the calendar says counts: a published file carries the date of its run even while in development.
       case when calendar.release is not null then calendar.release_date is not null else data.release_date is not null end as finished
  from public.release_data as data
 cross join known
  left join public.release_calendar as calendar using (release)
 where release = $1
