-- Rows of public.endpoint_tested that differ from public.endpoint_hit.
with wanted as (
  select release, endpoint, bool_or(conf_test_hit) as conf_tested,
         coalesce(array_agg(distinct test collate "C" order by test collate "C") filter (where test is not null), '{}') as tests
    from public.endpoint_hit
   where test_hit
   group by release, endpoint
)
select coalesce(wanted.release, known.release) as release, coalesce(wanted.endpoint, known.endpoint) as endpoint,
       case when known.release is null then 'not tested'
            else format('tested by %s tests%s', cardinality(known.tests), case when known.conf_tested then ', for conformance too' else '' end) end as found,
       case when wanted.release is null then 'not tested'
            else format('tested by %s tests%s', cardinality(wanted.tests), case when wanted.conf_tested then ', for conformance too' else '' end) end as wanted
  from wanted
  full join public.endpoint_tested as known on known.release = wanted.release and known.endpoint = wanted.endpoint
 where (known.conf_tested, known.tests) is distinct from (wanted.conf_tested, wanted.tests)
 order by 1, 2
