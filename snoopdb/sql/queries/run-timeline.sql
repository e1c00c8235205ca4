-- The requests of run $1 with their times and evidence, in the order of sending. $2: the most rows.
with evidence as materialized (
  select audit_id, jsonb_agg(jsonb_build_object('stage', stage, 'source', source, 'code', code, 'decides', decides,
                                                'seenAt', to_char(seen_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                             order by seen_at, stage) as events,
         (array_agg(endpoint order by is_hit desc, endpoint is null, seen_at desc))[1] as endpoint
    from testing.read_run_evidence($1) group by audit_id
)
select request.audit_id as "auditId", request.test, request.try, request.step, request.method, request.path, request.status,
       request.outcome, request.error, request.sent_at as "sentAt", request.answered_at as "answeredAt",
       request.closed_at as "closedAt", evidence.endpoint, coalesce(evidence.events, '[]') as events
  from testing.run_request as request
  left join evidence on evidence.audit_id = request.audit_id
 where request.run = $1
 order by request.sent_at, request.audit_id collate "C"
 limit $2
