import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';

export interface Hit {
  endpoint: string;
  agent: string;
  test: string | null;
  testHit: boolean;
  confTestHit: boolean;
  testCut: boolean;
  /** When its first request was received, in microseconds since 1970; null: that is not known. */
  firstSeenAt: number | null;
  sampleVerb: string | null;
  sampleUri: string | null;
  sampleCode: number | null;
}

/** Hits by key. The key is made of what makes a row of testing.endpoint_hit one. */
export type Hits = Map<string, Hit>;

/** What of an event matters here. */
export type HittingEvent = Pick<AuditEvent, 'agent' | 'endpoint' | 'isHit'> & Partial<Pick<AuditEvent, 'slice'>>;

/** What tells hits apart beside what is in their events; the source only where hits of several meet. */
export type HitOrigin = Pick<EventOrigin, 'release'> & Partial<Pick<EventOrigin, 'source'>>;

export function makeKey(origin: HitOrigin, endpoint: string, agent: string, test: string | null): string {
  // Joined, and not a template: that would keep its parts, and the longer texts that they were cut out of.
  return [origin.source ?? '', origin.release ?? '', endpoint, agent, test ?? ''].join('\n');
}
