-- public.endpoint_coverage, asked of the events.
with hit as (
  select release, endpoint, bool_or(conf_test_hit) as conf_tested,
         array_agg(distinct test collate "C" order by test collate "C") filter (where test is not null) as tests
    from public.audit_event
   where test_hit and is_hit
   group by release, endpoint
)
select api.release, api.endpoint, api.level, api.category, api.path, api.description, api.k8s_kind as kind,
       api.k8s_version as version, api.k8s_group as "group", api.k8s_action as action, hit.endpoint is not null as tested,
       coalesce(hit.conf_tested, false) as conf_tested, coalesce(hit.tests, '{}') as tests
  from public.open_api as api
  left join hit on hit.release = api.release and hit.endpoint = api.endpoint
 where not api.deprecated
