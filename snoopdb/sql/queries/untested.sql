-- Endpoints of release $1 and whether tests hit them. Optional filters (or null): $2 kind, $3 group, $4 category.
select coverage.endpoint, api.method, coverage.path, coverage.level, coverage.category,
       case when api.k8s_group = '' then 'core' else api.k8s_group end as "group", coverage.version, coverage.kind, coverage.action,
       eligibility.eligible, eligibility.reason, eligibility.link, eligibility.pending, coverage.tested,
       coverage.conf_tested as "confTested", coverage.unknown
  from public.endpoint_coverage as coverage
  join conformance.endpoint_eligibility as eligibility using (release, endpoint)
  join public.open_api as api using (release, endpoint)
 where release = $1
   and ($2::text is null or coverage.kind = $2)
   and ($3::text is null or case when api.k8s_group = '' then 'core' else api.k8s_group end = $3)
   and ($4::text is null or coverage.category = $4)
 order by coverage.kind collate "C" nulls last, coverage.endpoint collate "C"
