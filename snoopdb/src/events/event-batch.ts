import type { AuditEvent } from './audit-event.ts';

const mostEvents = 4000;

/** Puts events together that are to be written together. */
export class EventBatcher {
  readonly #batchBytes: number;
  #events: AuditEvent[] = [];
  #bytes = 0;

  /** @param batchBytes what a batch has at least, unless its events are many or at an end */
  constructor(batchBytes: number) {
    this.#batchBytes = batchBytes;
  }

  /** @returns the batch that this event completes; null: more has to come */
  add(event: AuditEvent): AuditEvent[] | null {
    this.#events.push(event);
    this.#bytes += event.slice.end - event.slice.start;
    return this.#bytes < this.#batchBytes && this.#events.length < mostEvents ? null : this.takeRest();
  }

  /** The events that no batch had yet; may be none. */
  takeRest(): AuditEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    return events;
  }
}
