-- The tests of release $1 that hit endpoint $2.
select hit.test, bool_or(hit.conf_test_hit) as conformance, bool_and(hit.test_cut) as cut, listed.testname as title,
       coalesce(listed.file, max(history.file)) as file,
       coalesce(listed.promoted_in, max(history.release)) as "promotedIn"
  from public.endpoint_hit as hit
  left join conformance.listed_test as listed
    on listed.release = (select conformance.list_release('tests', $1)) and listed.codename = hit.test
  left join conformance.endpoint_history_test as history
    on history.endpoint = hit.endpoint and history.codename = hit.test
 where hit.release = $1 and hit.endpoint = $2 and hit.test_hit
 group by hit.test, listed.testname, listed.file, listed.promoted_in
 order by conformance desc, hit.test collate "C" nulls last
