import type { PoolClient } from 'pg';
import type { AuditEvent } from './audit-event.ts';
import type { EventOrigin } from './event-row.ts';

// The API server cuts them at 64; an index row could not hold any length.
const longestAuditId = 200;

export interface Rejected {
  event: AuditEvent;
  reason: string;
  sqlstate: string | null;
}

/** Puts events aside with the bytes as sent, the reason, and whatever could be read of them. */
export async function saveRejected(
  client: PoolClient,
  rejected: readonly Rejected[],
  origin: EventOrigin,
): Promise<void> {
  for (const { event, reason, sqlstate } of rejected) {
    const { slice, agent } = event;
    await client.query(
      `insert into testing.rejected_event (source, release, raw, reason, sqlstate, audit_id, stage, verb, request_uri,
         useragent, test, code, endpoint, is_dry_run, is_hit, unresolved_reason, document_revision)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      [
        origin.source,
        origin.release,
        event.body.subarray(slice.start, slice.end),
        reason,
        sqlstate,
        slice.auditId?.slice(0, longestAuditId) ?? null,
        slice.stage,
        slice.verb,
        slice.requestUri,
        slice.userAgent,
        agent?.test ?? null,
        slice.code,
        event.endpoint,
        event.isDryRun,
        event.isHit,
        event.reason,
        origin.revision,
      ],
    );
  }
}
