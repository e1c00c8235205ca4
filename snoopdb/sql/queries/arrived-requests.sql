-- Events of these Audit-IDs that were stored at or after a position: only agents of live tests have an index by Audit-ID.
select audit_id as "auditId", source, stage, code, data ->> 'requestURI' as "requestUri", requested_at as "requestedAt",
       null as rejected
  from testing.held_event
 where id >= $1 and audit_id = any ($2)
union all
select audit_id, source, stage, code, request_uri, null, reason
  from testing.held_rejection
 where audit_id = any ($2)
