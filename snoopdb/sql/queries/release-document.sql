-- Endpoints of release $1 that are not deprecated, for a coverage file; null if it is unknown whether one is eligible or new,
-- as in export-release.sql.
select coverage.endpoint, coverage.level, coverage.category, coverage.path, coverage.description, coverage.kind, coverage.version,
       coverage."group", coverage.action, eligibility.eligible, coalesce(first.release = $1, false) as "isNew",
       first.release is not null
         or ($1::public.semver <= (select newest_release::public.semver from conformance.history_data)) is true
         or not eligibility.eligible as "knowsNew"
  from public.endpoint_coverage as coverage
  join conformance.endpoint_eligibility as eligibility using (release, endpoint)
  left join conformance.first_stable_release as first on first.endpoint = coverage.endpoint
 where coverage.release = $1
 order by coverage.endpoint collate "C"
