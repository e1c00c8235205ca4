import type { AuditEvent } from '../events/audit-event.ts';
import type { Column } from '../postgres/binary-copy.ts';

export interface RejectedEvent {
  event: AuditEvent;
  reason: string;
  /** PostgreSQL's answer; null if the event was not sent to it. */
  sqlstate: string | null;
}

// The API server truncates ids at 64; an index row is limited.
const maxAuditIdLength = 200;

/** The columns of rejected events, live or loaded, without their bytes. */
export const rejectedColumns: readonly Column<RejectedEvent>[] = [
  { name: 'reason', type: 'text', read: ({ reason }) => reason },
  { name: 'sqlstate', type: 'text', read: ({ sqlstate }) => sqlstate },
  { name: 'audit_id', type: 'text', read: ({ event }) => event.slice.auditId?.slice(0, maxAuditIdLength) },
  { name: 'stage', type: 'text', read: ({ event }) => event.slice.stage },
  { name: 'verb', type: 'text', read: ({ event }) => event.slice.verb },
  { name: 'request_uri', type: 'text', read: ({ event }) => event.slice.requestUri },
  { name: 'useragent', type: 'text', read: ({ event }) => event.slice.userAgent },
  { name: 'test', type: 'text', read: ({ event }) => event.agent?.test },
  { name: 'code', type: 'integer', read: ({ event }) => event.slice.code },
  { name: 'endpoint', type: 'text', read: ({ event }) => event.endpoint },
  { name: 'is_dry_run', type: 'boolean', read: ({ event }) => event.isDryRun },
  { name: 'is_hit', type: 'boolean', read: ({ event }) => event.isHit },
  { name: 'unresolved_reason', type: 'text', read: ({ event }) => event.reason },
];
