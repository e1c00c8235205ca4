-- $1: the run, $2: its requests as JSON. A run is saved again and again while it goes on.
insert into testing.run_request (run, audit_id, test, try, step, method, path, request_uri, status, outcome,
  error, is_dry_run, unread_body, client_agent, sent_at, answered_at, closed_at)
select $1, "auditId", test, try, step, method, path, "requestUri", status, outcome, error, "isDryRun", "unreadBody",
       "clientAgent", "sentAt", "answeredAt", "closedAt"
  from jsonb_to_recordset($2::jsonb) as given ("auditId" text, test integer, try integer, step integer,
       method text, path text, "requestUri" text, status integer, outcome text, error text,
       "isDryRun" boolean, "unreadBody" text, "clientAgent" text, "sentAt" timestamptz, "answeredAt" timestamptz, "closedAt" timestamptz)
on conflict (run, audit_id) do update set test = excluded.test, try = excluded.try, step = excluded.step,
  method = excluded.method, path = excluded.path, request_uri = excluded.request_uri, status = excluded.status, outcome = excluded.outcome,
  error = excluded.error, is_dry_run = excluded.is_dry_run, unread_body = excluded.unread_body, client_agent = excluded.client_agent,
  sent_at = excluded.sent_at, answered_at = excluded.answered_at, closed_at = excluded.closed_at
