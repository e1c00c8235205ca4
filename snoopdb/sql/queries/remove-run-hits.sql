-- Removes the hits that only the run's events prove. Hits that other events prove too get their sample request and time
-- from the first remaining event. A hit older than the run's first proof stays: it was proven by an event that was since
-- removed. Run it after the run's mark is set. $1: LIKE pattern of the run's Audit-IDs.
with proof as (
  select source, endpoint, coalesce(testing.agent_name(useragent), '') as agent, coalesce(test, '') as test,
         ingested_at at time zone 'utc' as at
    from testing.held_event
   where useragent like 'live%' and audit_id like $1 and is_hit
  union all
  select source, endpoint, coalesce(testing.agent_name(useragent), ''), coalesce(test, ''), rejected_at
    from testing.held_rejection
   where audit_id like $1 and is_hit
), proven as (
  select source, endpoint, agent, test, min(at) as since from proof group by source, endpoint, agent, test
), concerned as (
  select hit.ctid as row, hit.source, hit.endpoint, hit.useragent, hit.test
    from testing.endpoint_hit as hit
    join proven on proven.source = hit.source and proven.endpoint = hit.endpoint and proven.agent = hit.useragent
               and proven.test = coalesce(hit.test, '') and hit.first_seen_at >= proven.since
), checked as (
  select concerned.row, remaining.*
    from concerned
    left join lateral (
      select event.at, event.verb, event.uri, event.code
        from (
          select ingested_at at time zone 'utc' as at, verb, left(data ->> 'requestURI', 500) as uri, code
            from testing.audit_event
           where live_agent = left(concerned.useragent, 200) and endpoint = concerned.endpoint and is_hit
             and source = concerned.source and testing.agent_name(useragent) = concerned.useragent
             and coalesce(test, '') = coalesce(concerned.test, '')
          union all
          select rejected_at, verb, left(request_uri, 500), code
            from testing.rejected_event
           where endpoint = concerned.endpoint and is_hit and source = concerned.source
             and testing.agent_name(useragent) = concerned.useragent and coalesce(test, '') = coalesce(concerned.test, '')
        ) as event
       order by event.at
       limit 1
    ) as remaining on true
), deleted as (
  delete from testing.endpoint_hit as hit using checked where hit.ctid = checked.row and checked.at is null returning hit.source
), kept as (
  update testing.endpoint_hit as hit
     set first_seen_at = checked.at, sample_verb = checked.verb, sample_uri = checked.uri, sample_code = checked.code
    from checked
   where hit.ctid = checked.row and checked.at is not null
   returning hit.source
)
select (select count(*)::integer from deleted) as deleted, (select count(*)::integer from kept) as kept
