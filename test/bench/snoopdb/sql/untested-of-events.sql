-- testing.untested_stable_endpoint, asked of the events.
with hit as (
  select distinct endpoint from public.audit_event
   where test_hit and is_hit and release = (select public.baseline_release())
)
select api.release, api.endpoint, api.level, api.category, api.path, api.description, api.k8s_kind as kind,
       api.k8s_version as version, api.k8s_group as "group", api.k8s_action as action, false as tested,
       false as conf_tested, '{}'::text[] as tests,
       not exists (select from conformance.ineligible_endpoint as listed where listed.endpoint = api.endpoint) as eligible
  from public.open_api as api
 where not api.deprecated and api.level = 'stable' and api.release = (select public.baseline_release())
   and api.endpoint not in (select endpoint from hit)
