import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';

export interface Hit {
  endpoint: string;
  agent: string;
  test: string | null;
  testHit: boolean;
  confTestHit: boolean;
  testCut: boolean;
  /** When its first request was received, in microseconds since 1970; null if unknown. */
  firstSeenAt: number | null;
  sampleVerb: string | null;
  sampleUri: string | null;
  sampleCode: number | null;
}

/** Hits by the key of a row of testing.endpoint_hit. */
export type Hits = Map<string, Hit>;

export type HittingEvent = Pick<AuditEvent, 'agent' | 'endpoint' | 'isHit'> & Partial<Pick<AuditEvent, 'slice'>>;

/** The parts of a hit's key that are not in its event; the source only if there are several. */
export type HitOrigin = Pick<EventOrigin, 'release'> & Partial<Pick<EventOrigin, 'source'>>;

export function createHitKey(origin: HitOrigin, endpoint: string, agent: string, test: string | null): string {
  // Not a template literal, which would keep the texts its parts were sliced from.
  return [origin.source ?? '', origin.release ?? '', endpoint, agent, test ?? ''].join('\n');
}
