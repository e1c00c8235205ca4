-- Events of requests for the paths $3 with the Audit-IDs $2, stored at or after position $1. Rejected ones have no time.
select source, audit_id as "auditId", data ->> 'requestURI' as "requestUri", data ->> 'stageTimestamp' as "stagedAt"
  from testing.held_event
 where id >= $1 and audit_id = any ($2) and data ->> 'requestURI' = any ($3)
