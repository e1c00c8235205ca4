-- Coverage file of release $1 as one JSON value, with fields in the published order. $2: source of hits that come from a
-- coverage file. Readers of published files know only tested and untested endpoints, so those with unknown coverage are in a
-- list of their own, and no total counts them.
with listed as (
  select coverage.*, eligibility.eligible, coalesce(first.release = $1, false) as is_new,
         first.release is not null as has_first
    from public.endpoint_coverage as coverage
    join conformance.endpoint_eligibility as eligibility using (release, endpoint)
    left join conformance.first_stable_release as first on first.endpoint = coverage.endpoint
   where coverage.release = $1
), covered as (
  select * from listed where unknown is null
), known as (
  -- Unknown (null) if it is unknown for one endpoint. Endpoints of a release that the history covers are not new if the
  -- history lacks them; in a later release, or without a history, they may be new.
  select bool_and(eligible is not null) as eligible,
         bool_and(eligible is not null)
           and ($1::public.semver <= (select newest_release::public.semver from conformance.history_data)) is true
            or bool_and(eligible is not null and (has_first or not eligible)) as new
    from covered
), source as (
  select source collate "C" as source from public.release_data, unnest(sources) as source where release = $1
  union
  -- Hits of a coverage file are covered by the runs it names, above.
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
         'unknown endpoints', (
           select json_agg(json_build_object(
                    'kind', kind, 'path', path, 'group', "group", 'level', level, 'action', action, 'release', release,
                    'version', version, 'unknown', unknown, 'category', category, 'endpoint', endpoint,
                    'description', description)
                    order by endpoint collate "C")
             from listed where unknown is not null),
         'release_date', to_char(data.release_date, 'YYYY-MM-DD"T"HH24:MI:SS'),
         'total endpoints', (select count(*) from covered),
         'tested endpoints', (select count(*) from covered where tested),
         'new conformance eligible endpoints', case when known.new then (select count(*) from covered where eligible and is_new) end,
         'total conformance eligible endpoints', case when known.eligible then (select count(*) from covered where eligible) end,
         'tested conformance eligible endpoints', case when known.eligible then (select count(*) from covered where eligible and conf_tested) end,
         'new tested conformance eligible endpoints', case when known.new then (select count(*) from covered where eligible and is_new and conf_tested) end
       ) as document,
       -- The calendar decides: published files have the date of their run, even for a release in development.
       case when calendar.release is not null then calendar.release_date is not null else data.release_date is not null end as finished
  from public.release_data as data
 cross join known
  left join public.release_calendar as calendar using (release)
 where release = $1
