-- Missing hits that live events prove, with the first such event. Agents beyond the quota share one row per endpoint.
with proof as (
  -- Grouped by agent as sent and by test: few groups for many events.
  select source, release, endpoint, useragent, coalesce(test, '') as test, min(id) as id, false as is_rejected
    from testing.audit_event where is_hit and endpoint is not null
   group by source, release, endpoint, useragent, coalesce(test, '')
  union all
  select source, release, endpoint, useragent, coalesce(test, ''), min(id), true
    from testing.rejected_event where is_hit and endpoint is not null
   group by source, release, endpoint, useragent, coalesce(test, '')
), missing as (
  select proof.*, left(coalesce(testing.agent_name(useragent), ''), 1100) as agent
    from proof
   where not exists (
     select from testing.endpoint_hit as hit
      where hit.source = proof.source and hit.release is not distinct from proof.release and hit.endpoint = proof.endpoint
        and hit.useragent = left(coalesce(testing.agent_name(proof.useragent), ''), 1100)
        and coalesce(hit.test, '') = left(proof.test, 1100))
     and not exists (
       select from testing.endpoint_hit as hit
        where hit.source = proof.source and hit.release is not distinct from proof.release and hit.endpoint = proof.endpoint
          and hit.useragent = testing.other_agent(proof.useragent))
)
select distinct on (source, release, endpoint, agent, test)
       source, release, endpoint, agent as useragent, nullif(test, '') as test,
       testing.is_e2e_agent(sent) as test_hit, testing.is_e2e_agent(sent) and test like '%[Conformance]%' as conf_test_hit,
       at as first_seen_at, verb as sample_verb, left(uri, 500) as sample_uri, code as sample_code,
       sent like '%...TRUNCATED' and test <> '' as test_cut
  from (
    select missing.source, event.release, missing.endpoint, missing.agent, missing.test, event.ingested_at at time zone 'utc' as at,
           event.verb, event.data ->> 'requestURI' as uri, event.code, event.useragent as sent
      from missing join testing.held_event as event on event.id = missing.id
     where not missing.is_rejected
    union all
    select missing.source, event.release, missing.endpoint, missing.agent, missing.test, event.rejected_at, event.verb,
           event.request_uri, event.code, event.useragent
      from missing join testing.held_rejection as event on event.id = missing.id
     where missing.is_rejected
  ) as found
 order by source, release, endpoint, agent, test, at
