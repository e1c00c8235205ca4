import type { AuditEvent } from '../events/audit-event.ts';
import { checkRejected, type ReceivedBody } from '../events/received-body.ts';
import type { RejectedEvent } from '../rows/rejected-event.ts';

/** What became of one body. */
export interface BodyResult {
  /** Events in it. */
  events: number;
  /** Those that are in testing.audit_event because of this. */
  stored: number;
  /** The body was committed before; nothing was stored again. */
  repeated: boolean;
  /** Events that resolved to no endpoint. */
  unresolved: number;
  /** Events that cannot be stored; they are in testing.rejected_event. */
  rejected: number;
  /** When stages of its events were reached, in microseconds since 1970: of 400 events at most. */
  stagedAt: number[];
}

/** What became of one body, once it is committed. */
export interface WriteResult extends Readonly<BodyResult> {
  /** How long the transaction took that committed it, in milliseconds; 0 when it was committed before. */
  commitMs: number;
}

/** Of a body without events, or one that was committed before. */
export function createResult(events = 0, repeated = false): WriteResult {
  return { events, stored: 0, repeated, unresolved: 0, rejected: 0, stagedAt: [], commitMs: 0 };
}

const mostStageTimes = 400;

/** Counts what became of the events of bodies, body by body. */
export class BodyTallies {
  readonly #results = new Map<Buffer, BodyResult & { seen: number; everyNth: number }>();

  constructor(bodies: readonly ReceivedBody[]) {
    for (const { bytes, eventCount } of bodies) {
      const everyNth = Math.ceil(eventCount / mostStageTimes);
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
      checkRejected(result.rejected);
    }
  }

  /** @returns null: the body is none of these */
  read(body: ReceivedBody): BodyResult | null {
    const result = this.#results.get(body.bytes);
    if (!result) return null;
    const { seen: _seen, everyNth: _everyNth, ...counted } = result;
    return counted;
  }
}
