-- The named e2e tests of release $1 that hit an endpoint.
select hit.test, bool_or(hit.conf_test_hit) as conformance, bool_and(hit.test_cut) as cut, listed.testname as title,
       coalesce(listed.file, history.file) as file, coalesce(listed.promoted_in, history.release) as "promotedIn"
  from public.endpoint_hit as hit
  left join conformance.listed_test as listed
    on listed.release = (select conformance.list_release('tests', $1)) and listed.codename = hit.test
  left join (
    select codename, max(file) as file, max(release) as release from conformance.endpoint_history_test group by codename
  ) as history on history.codename = hit.test
 where hit.release = $1 and hit.test_hit and hit.test is not null
 group by hit.test, listed.testname, listed.file, listed.promoted_in, history.file, history.release
 order by hit.test collate "C"
