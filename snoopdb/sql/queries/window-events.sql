-- Events of windows (as in window-count.sql), in the order of their arrival. The table, not the view testing.audit_event,
-- which would be sorted completely before the first row is returned.
select held.data
  from testing.held_event as held
 where held.id >= $1::bigint
   and exists (
     select from unnest($2::text[], $3::text[], $4::text[]) as "window" (source, after, until)
      where held.source = "window".source
        and (held.data ->> 'stageTimestamp') collate "C" > "window".after
        and (held.data ->> 'stageTimestamp') collate "C" <= "window".until
   )
   and not ((select exists (select from testing.forgotten))
            and testing.is_forgotten(held.audit_id, held.useragent, held.requested_at, held.ingested_at))
 order by held.id
