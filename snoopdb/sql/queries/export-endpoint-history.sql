-- Eligible endpoints and the tests that hit them, in the published format. It has no word for unknown coverage: such endpoints
-- would be untested there, so they are left out.
select coalesce((
         select json_agg(json_build_object(
                  'file', test.file, 'release', test.release, 'codename', test.codename, 'testname', test.testname)
                  order by test.codename collate "C")
           from conformance.eligible_endpoint_test as test where test.endpoint = coverage.endpoint), '[]') as tests,
       coverage.endpoint,
       -- Published files date a test that is older than its endpoint by the release of the endpoint.
       case when coverage.first_conformance_test::public.semver < coverage.first_release::public.semver
            then coverage.first_release else coverage.first_conformance_test end as tested_release,
       coverage.first_release as promotion_release
  from conformance.eligible_endpoint_coverage as coverage
 where not coverage.unknown
 order by coverage.endpoint collate "C"
