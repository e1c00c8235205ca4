import type { Pool } from 'pg';

/** A request whose audit events are waited for. */
export interface AwaitedRequest {
  auditId: string;
  /** false: the request is still open (a watch), so its ResponseStarted suffices. */
  settled: boolean;
  /** The HTTP status the client saw; null when it saw none. */
  status: number | null;
}

/**
 * Which of these requests are recorded: their final stage is stored, in the table or in quarantine.
 * @returns their audit ids
 */
export async function askRecorded(pool: Pool, requests: readonly AwaitedRequest[]): Promise<Set<string>> {
  if (requests.length === 0) return new Set();
  const found = await pool.query<{ auditId: string; stage: string | null }>(
    `select audit_id as "auditId", stage from testing.audit_event
      where useragent like 'live%' and useragent like 'live-test%' and audit_id = any($1) and stage <> 'RequestReceived'
     union all
     select audit_id, stage from testing.rejected_event
      where audit_id = any($1) and stage <> 'RequestReceived'`,
    [requests.map((request) => request.auditId)],
  );
  return findRecorded(requests, found.rows);
}

/**
 * Which requests these events are enough for. The final stage is ResponseComplete or Panic; for a request that is still
 * open ResponseStarted; and for a 401, and a 400 that the server gives before it looks at the resource (a malformed
 * `timeout`), whose only event it is (Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/filters/authn_audit.go and
 * request_deadline.go).
 */
export function findRecorded(
  requests: readonly AwaitedRequest[],
  events: readonly { auditId: string; stage: string | null }[],
): Set<string> {
  const ended = new Set<string>();
  const started = new Set<string>();
  for (const { auditId, stage } of events) {
    if (stage === 'ResponseComplete' || stage === 'Panic') ended.add(auditId);
    if (stage === 'ResponseStarted') started.add(auditId);
  }
  const recorded = new Set<string>();
  for (const { auditId, settled, status } of requests) {
    const startSuffices = !settled || status === 401 || status === 400;
    if (ended.has(auditId) || (startSuffices && started.has(auditId))) recorded.add(auditId);
  }
  return recorded;
}
