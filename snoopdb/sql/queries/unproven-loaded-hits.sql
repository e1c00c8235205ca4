-- Hits of loaded event files that none of their events proves. Hits of coverage files have no time and need no event.
with proof as (
  select distinct release, source, endpoint, testing.other_agent(useragent) as other, left(coalesce(testing.agent_name(useragent), ''), 1100) as agent,
         left(test, 1100) as test
    from (
      select release, coalesce(source, '') as source, endpoint, useragent, coalesce(test, '') as test
        from public.audit_event where is_hit
       group by release, coalesce(source, ''), endpoint, useragent, coalesce(test, '')
      union
      select file.release, coalesce(file.source, ''), event.endpoint, event.useragent, coalesce(event.test, '')
        from public.rejected_event as event join public.loaded_file as file on file.id = event.file
       where event.is_hit
    ) as sent
)
select hit.source, hit.release, hit.endpoint, hit.useragent, hit.test
  from public.endpoint_hit as hit
 where (hit.first_seen_at is not null
        or exists (
          select from public.loaded_file as file
           where file.what = 'audit' and file.release = hit.release and file.source = hit.source))
   and not exists (
     select from proof
      where proof.release = hit.release and proof.source = hit.source and proof.endpoint = hit.endpoint
        and proof.agent = hit.useragent and proof.test = coalesce(hit.test, ''))
   -- A row for the agents beyond the quota is proven by any agent of its class.
   and not (
     hit.test is null and hit.useragent = testing.other_agent(hit.useragent)
     and exists (
       select from proof
        where proof.release = hit.release and proof.source = hit.source and proof.endpoint = hit.endpoint
          and proof.other = hit.useragent))
