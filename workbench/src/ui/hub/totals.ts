import type { EndpointCount, LiveCounts, NewlyHit } from '../live/messages.ts';

/** What is counted of an event. */
export interface CountedEvent {
  readonly endpoint: string | null;
  /** Whether it is the first event that proves a hit of its request. */
  readonly isFirstHit: boolean;
}

/** Counts of events. */
export class Totals {
  readonly #counts = new Map<string, { events: number; hits: number }>();
  readonly #newlyHit = new Map<string, NewlyHit>();
  #events = 0;
  #unresolved = 0;

  get size(): number {
    return this.#counts.size;
  }

  has(endpoint: string | null): boolean {
    return endpoint !== null && this.#counts.has(endpoint);
  }

  add({ endpoint, isFirstHit }: CountedEvent): void {
    this.#events += 1;
    if (endpoint === null) {
      this.#unresolved += 1;
      return;
    }
    const count = this.#counts.get(endpoint) ?? { events: 0, hits: 0 };
    count.events += 1;
    if (isFirstHit) count.hits += 1;
    this.#counts.set(endpoint, count);
  }

  /** Returns whether it was not newly hit before. */
  addNewlyHit(hit: NewlyHit): boolean {
    if (this.#newlyHit.has(hit.endpoint)) return false;
    this.#newlyHit.set(hit.endpoint, hit);
    return true;
  }

  read(): Pick<LiveCounts, 'events' | 'unresolved' | 'counts' | 'newlyHit'> {
    return {
      events: this.#events,
      unresolved: this.#unresolved,
      counts: [...this.#counts].map(([endpoint, { events, hits }]): EndpointCount => [endpoint, events, hits]),
      newlyHit: [...this.#newlyHit.values()],
    };
  }
}
