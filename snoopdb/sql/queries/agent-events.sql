-- Live events of an agent in a time window. $1: the first id that can be in it, $2: the agent as a pattern of LIKE, $3 and
-- $4: the window, $5: the source as a pattern of LIKE, or null, $6: the most rows.
select live.audit_id as "auditId", live.stage, live.verb, live.code, live.endpoint, live.reason, live.ambiguous,
       live.is_dry_run as "isDryRun", live.is_hit as "isHit", live.stage in ('ResponseComplete', 'Panic') as decides,
       testing.agent_name(live.useragent) as agent, live.test, live.source, live.release,
       coalesce(left(live.data ->> 'requestURI', 2000), '') as "requestUri"
  from testing.audit_event as live
 where live.id >= $1 and live.useragent ilike $2
   and coalesce(live.requested_at, live.ingested_at at time zone 'utc') between $3 and $4
   and ($5::text is null or live.source ilike $5) and live.audit_id is not null
 order by live.id
 limit $6
