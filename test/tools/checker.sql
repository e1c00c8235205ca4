-- Compares what was sent with what is stored. Needs the table sent (body, item, source, acknowledged, raw).
--
-- An event is identified by its source and the digest of its printed jsonb value, which keeps numbers exact and as they
-- were written (1.0 is not 1.00). An event that PostgreSQL cannot store has no such value; its bytes identify it.
--
-- Hits are compared with the stored events.

create function pg_temp.digest_of_value(raw bytea) returns bytea language plpgsql as $$
begin
  return sha256(convert_to(convert_from(raw, 'UTF8')::jsonb::text, 'UTF8'));
exception when others then
  return null;
end $$;

create temporary table expected on commit drop as
  select body, item, source, acknowledged, sha256(raw) as raw_digest,
         coalesce(pg_temp.digest_of_value(raw), sha256(raw)) as digest
    from sent;
create index on expected (raw_digest);
analyze expected;

create temporary table found on commit drop as
  select 'stored' as place, id, source, sha256(convert_to(data::text, 'UTF8')) as digest
    from testing.audit_event
  union all
  select 'rejected', id, source,
         coalesce((select digest from expected
                    where expected.raw_digest = sha256(raw) and expected.source = rejected_event.source limit 1),
                  sha256(raw))
    from testing.rejected_event;

create temporary table compared on commit drop as
  select source, digest, coalesce(least, 0) as least, coalesce(most, 0) as most, coalesce(there, 0) as there,
         body, item, id, place
    from (select source, digest, count(*) filter (where acknowledged) as least, count(*) as most,
                 min(body) as body, min(item) as item
            from expected group by source, digest) as expected
    full join (select source, digest, count(*) as there, min(id) as id, string_agg(distinct place, ' and ') as place
                 from found group by source, digest) as found using (source, digest);

-- Hits that events prove and that are missing, and hits without an event. Agents beyond the limit share a row of the
-- endpoint, which has its own subquery, since an "or" would compare each row with each.
create temporary table wrong_hit on commit drop as
  with proof as (
    select distinct source, endpoint, left(coalesce(testing.agent_name(useragent), ''), 1100) as agent,
                    left(coalesce(test, ''), 1100) as test, testing.other_agent(useragent) as other_agent
      from (select source, endpoint, useragent, test from testing.audit_event where is_hit
             union all
            select source, endpoint, useragent, test from testing.rejected_event where is_hit) as hit
     where endpoint is not null
  )
  select 'proven and missing' as what, source, endpoint, agent, test
    from proof
   where not exists (
     select from testing.endpoint_hit as hit
      where hit.source = proof.source and hit.endpoint = proof.endpoint and hit.useragent = proof.agent
        and coalesce(hit.test, '') = proof.test)
     and not exists (
     select from testing.endpoint_hit as hit
      where hit.source = proof.source and hit.endpoint = proof.endpoint and hit.useragent = proof.other_agent)
  union all
  select 'stored without an event', source, endpoint, useragent, coalesce(test, '')
    from testing.endpoint_hit as hit
   where not exists (
     select from proof
      where proof.source = hit.source and proof.endpoint = hit.endpoint and proof.agent = hit.useragent
        and proof.test = coalesce(hit.test, ''))
     and not exists (
     select from proof
      where proof.source = hit.source and proof.endpoint = hit.endpoint and proof.other_agent = hit.useragent);
