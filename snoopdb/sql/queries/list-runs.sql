-- Runs, newest first. $1: how many.
with newest as materialized (
  select id, author, agent, state, started_at, ended_at, imported_at
    from testing.run order by started_at desc, id desc limit $1
)
select run.id, run.started_at as "startedAt", run.ended_at as "endedAt", run.author, run.agent, run.state,
       run.imported_at as "importedAt",
       array(select test.file from testing.run_test as test where test.run = run.id group by test.file order by min(test.test)) as files,
       (select count(*)::integer from testing.run_test as test where test.run = run.id) as tests,
       (select count(*)::integer from testing.run_test as test where test.run = run.id and test.state = 'outlined') as outlined,
       (select count(*)::integer from testing.run_request as request where request.run = run.id) as requests,
       case when exists (select from testing.run_baseline as compared where compared.run = run.id) then (
         select count(*)::integer
           from testing.run_endpoint as endpoint
          where endpoint.run = run.id and endpoint.sent_by = 'test' and endpoint.hit_by_new_test > 0
            and endpoint.in_baseline and not endpoint.deprecated and not endpoint.hit_by_ete)
       end as "newlyHit"
  from newest as run
 order by run.started_at desc, run.id desc
