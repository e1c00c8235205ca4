-- $1: the run, $2: bodies as JSON; those of unknown requests are left out.
insert into testing.run_body (run, audit_id, direction, body, bytes, omitted)
select $1, given."auditId", given.direction, nullif(given.body, 'null'), given.bytes, given.omitted
  from jsonb_to_recordset($2::jsonb) as given ("auditId" text, direction text, body jsonb, bytes bigint, omitted text)
 where exists (select from testing.run_request as request where request.run = $1 and request.audit_id = given."auditId")
on conflict do nothing
