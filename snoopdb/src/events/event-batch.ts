import type { AuditEvent } from './audit-event.ts';

/** Enough to keep PostgreSQL busy, and little enough that nothing else waits while it is being read. */
const batchBytes = 1024 * 1024;
const batchEvents = 4000;

/** Puts events together that are to be written together. */
export class EventBatcher {
  #events: AuditEvent[] = [];
  #bytes = 0;

  /** @returns the batch that this event completes; null: more has to come */
  add(event: AuditEvent): AuditEvent[] | null {
    this.#events.push(event);
    this.#bytes += event.slice.end - event.slice.start;
    return this.#bytes < batchBytes && this.#events.length < batchEvents ? null : this.takeRest();
  }

  /** The events that no batch had yet; may be none. */
  takeRest(): AuditEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    return events;
  }
}
