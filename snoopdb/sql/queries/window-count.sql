-- Stored events of each window: source $2, later than $3, up to $4; stored at or after position $1. Times are compared as
-- texts, since the API server always writes six digits; another text is not an event of the window.
select "window".source, count(held.id)::integer as events, max(held.id)::text as "lastId"
  from unnest($2::text[], $3::text[], $4::text[]) as "window" (source, after, until)
  left join testing.held_event as held
    on held.source = "window".source and held.id >= $1::bigint
   and (held.data ->> 'stageTimestamp') collate "C" > "window".after
   and (held.data ->> 'stageTimestamp') collate "C" <= "window".until
   and not ((select exists (select from testing.forgotten))
            and testing.is_forgotten(held.audit_id, held.useragent, held.requested_at, held.ingested_at))
 group by "window".source
