-- Missing hits that loaded events prove, with the first such event.
with proof as (
  select release, source, endpoint, useragent, coalesce(test, '') as test, bool_or(test_hit) as test_hit,
         bool_or(conf_test_hit) as conf_test_hit, min(requested_at) as at, min(id) as id, min(part) as part
    from public.audit_event where is_hit and endpoint is not null
   group by release, source, endpoint, useragent, coalesce(test, '')
  union all
  select file.release, file.source, event.endpoint, event.useragent, coalesce(event.test, ''),
         testing.is_e2e_agent(event.useragent),
         testing.is_e2e_agent(event.useragent) and coalesce(event.test, '') like '%[Conformance]%', null, min(event.id), null
    from public.rejected_event as event join public.loaded_file as file on file.id = event.file
   where event.is_hit and event.endpoint is not null
   group by file.release, file.source, event.endpoint, event.useragent, coalesce(event.test, '')
), missing as (
  select distinct on (release, source, endpoint, coalesce(testing.agent_name(useragent), ''), test)
         proof.*, left(coalesce(testing.agent_name(useragent), ''), 1100) as agent
    from proof
   where not exists (
     select from public.endpoint_hit as hit
      where hit.release = proof.release and hit.source = coalesce(proof.source, '') and hit.endpoint = proof.endpoint
        and hit.useragent = left(coalesce(testing.agent_name(proof.useragent), ''), 1100)
        and coalesce(hit.test, '') = left(proof.test, 1100))
     and not exists (
       select from public.endpoint_hit as hit
        where hit.release = proof.release and hit.source = coalesce(proof.source, '') and hit.endpoint = proof.endpoint
          and hit.useragent = testing.other_agent(proof.useragent))
   order by release, source, endpoint, coalesce(testing.agent_name(useragent), ''), test, at
)
select missing.release, coalesce(missing.source, '') as source, missing.endpoint, missing.agent as useragent,
       nullif(missing.test, '') as test, missing.test_hit, missing.conf_test_hit, missing.at as first_seen_at,
       coalesce(event.verb, rejected.verb) as sample_verb,
       left(coalesce(event.data ->> 'requestURI', rejected.request_uri), 500) as sample_uri,
       coalesce(event.code, rejected.code) as sample_code,
       missing.useragent like '%...TRUNCATED' and missing.test <> '' as test_cut
  from missing
  left join public.audit_event as event on event.id = missing.id and event.part = missing.part
  -- Without a part it is a rejected event, whose time is not stored.
  left join public.rejected_event as rejected on rejected.id = missing.id and missing.part is null
