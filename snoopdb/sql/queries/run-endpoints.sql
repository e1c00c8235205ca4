-- Endpoints of the baseline $1, and those that only the documents of the sources $2 have.
-- Materialized, so that each view runs once, even without statistics for freshly loaded tables.
with coverage as materialized (
  select endpoint, tested, conf_tested from public.endpoint_coverage where release = $1),
eligibility as materialized (
  select endpoint, eligible, reason, link from conformance.endpoint_eligibility where release = $1)
select api.endpoint, api.level, api.k8s_kind as kind, api.path, api.deprecated, true as "inBaseline",
       coalesce(coverage.tested, false) as e2e, coalesce(coverage.conf_tested, false) as conformance,
       coalesce(eligibility.eligible, false) as eligible, eligibility.reason, eligibility.link
  from public.open_api as api
  left join coverage using (endpoint)
  left join eligibility using (endpoint)
 where api.release = $1
union all
select distinct on (own.endpoint) own.endpoint, own.level, own.k8s_kind, own.path, own.deprecated, false, false,
       false, false, null, null
  from testing.cluster_endpoint as own
 where own.source = any($2::text[])
   and not exists (select from public.open_api as api where api.release = $1 and api.endpoint = own.endpoint)
