-- The requests of test $2 in the loaded events of release $1 and in live events of any patch version of it, in order. Only
-- tables in which hits show the test are read, because they have no index by test. $3: the most rows.
with event as (
  select audit_id, source, false as live, verb, code, endpoint, is_hit, requested_at, data
    from public.audit_event
   where release = $1 and test = $2 and audit_id is not null
     and exists (select from public.endpoint_hit as hit
                  where hit.release = $1 and hit.test = $2 and hit.source <> 'published coverage')
  union all
  select audit_id, source, true, verb, code, endpoint, is_hit, requested_at, data
    from testing.audit_event
   where test = $2 and audit_id is not null
     and ((release::public.semver).major, (release::public.semver).minor) = (($1::public.semver).major, ($1::public.semver).minor)
     and exists (select from testing.endpoint_hit as hit where hit.test = $2)
), request as (
  select audit_id as "auditId", source, live, min(verb) as verb, max(code) as code, min(endpoint collate "C") as endpoint,
         bool_or(is_hit) as "isHit", min(requested_at) as "sentAt",
         max((data ->> 'stageTimestamp')::timestamptz) as "endedAt", left(min(data ->> 'requestURI'), 2000) as uri
    from event
   group by audit_id, source, live
)
select * from request order by "sentAt" nulls last, source collate "C", "auditId" collate "C" limit $3
