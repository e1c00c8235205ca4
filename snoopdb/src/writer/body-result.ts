import type { AuditEvent } from '../events/audit-event.ts';
import { checkRejectedCount, type ReceivedBody } from '../events/received-body.ts';
import type { RejectedEvent } from '../rows/rejected-event.ts';

/** The result of storing one body. */
export interface BodyResult {
  events: number;
  /** Events stored in testing.audit_event by this call. */
  stored: number;
  /** Whether the body had been committed before; nothing was stored then. */
  repeated: boolean;
  /** Events without an endpoint. */
  unresolved: number;
  /** Events in testing.rejected_event. */
  rejected: number;
  /** Stage times of at most 400 events, in microseconds since 1970. */
  stagedAt: number[];
}

/** The result after the commit. */
export interface WriteResult extends Readonly<BodyResult> {
  /** Duration of the transaction in milliseconds; 0 if the body had been committed before. */
  commitMs: number;
}

/** The result of a body without events, or of one that was committed before. */
export function createResult(events = 0, repeated = false): WriteResult {
  return { events, stored: 0, repeated, unresolved: 0, rejected: 0, stagedAt: [], commitMs: 0 };
}

const maxStageTimes = 400;

/** Counts the outcomes of events, by body. */
export class BodyCounts {
  readonly #results = new Map<Buffer, BodyResult & { seen: number; everyNth: number }>();

  constructor(bodies: readonly ReceivedBody[]) {
    for (const { bytes, eventCount } of bodies) {
      const everyNth = Math.ceil(eventCount / maxStageTimes);
      this.#results.set(bytes, { ...createResult(eventCount), seen: 0, everyNth });
    }
  }

  /** @throws SnoopDbError `too_many_rejected` */
  add(events: readonly AuditEvent[], rejected: readonly RejectedEvent[]): void {
    for (const { body, slice, endpoint } of events) {
      const result = this.#results.get(body);
      if (!result) continue;
      result.stored += 1;
      if (endpoint === null) result.unresolved += 1;
      if (slice.stagedAt !== null && result.seen % result.everyNth === 0) result.stagedAt.push(slice.stagedAt);
      result.seen += 1;
    }
    for (const { event } of rejected) {
      const result = this.#results.get(event.body);
      if (!result) continue;
      result.stored -= 1;
      result.rejected += 1;
      checkRejectedCount(result.rejected);
    }
  }

  /** @returns null if the body is unknown */
  read(body: ReceivedBody): BodyResult | null {
    const result = this.#results.get(body.bytes);
    if (!result) return null;
    const { seen: _seen, everyNth: _everyNth, ...counted } = result;
    return counted;
  }
}
