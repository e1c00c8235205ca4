import type { AuditEvent } from './audit-event.ts';

const maxEvents = 4000;

/** Collects events into batches. */
export class EventBatcher {
  readonly #batchBytes: number;
  #events: AuditEvent[] = [];
  #bytes = 0;

  /** @param batchBytes minimum of a batch, unless it has many events or is the last */
  constructor(batchBytes: number) {
    this.#batchBytes = batchBytes;
  }

  /** @returns the batch that this event completes; otherwise null */
  add(event: AuditEvent): AuditEvent[] | null {
    this.#events.push(event);
    this.#bytes += event.slice.end - event.slice.start;
    return this.#bytes < this.#batchBytes && this.#events.length < maxEvents ? null : this.flush();
  }

  /** The events of no batch yet; may be empty. */
  flush(): AuditEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    return events;
  }
}
