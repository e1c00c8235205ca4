import type { FollowedEvent } from '@snoop/snoopdb';
import type { Batch } from './batches.ts';

/** What the audit events tell of a suite while it runs. */
export interface SpecCounts {
  readonly specs: number;
  readonly begun: number;
  readonly ended: number;
  readonly requests: number;
  /** Endpoints that no e2e test of the baseline hits, and that this run does. */
  readonly newlyHit: readonly string[];
}

/** What the counter needs of an event; `untestedUntilNow`: no e2e test of the baseline hits its endpoint. */
export type CountedEvent = Pick<FollowedEvent, 'test' | 'stage' | 'endpoint' | 'isHit'> & {
  readonly untestedUntilNow: boolean;
};

interface BatchState {
  readonly batch: Batch;
  readonly begun: Set<string>;
  current: string | null;
  isOver: boolean;
  lastEvent: number;
}

/**
 * Counts specs by the agents of their requests, since the output of suites differs between versions. A process runs one
 * spec at a time, so a spec has ended when the next one of its batch begins. A batch is over when its process ends, or a
 * further one needs its place. Specs without requests are counted when their batch is over.
 */
export class SpecCounter {
  readonly #states: BatchState[];
  readonly #bySpec = new Map<string, BatchState>();
  readonly #parallel: number;
  readonly #newlyHit = new Set<string>();
  #hasEnded = false;
  #requests = 0;
  #events = 0;

  constructor(batches: readonly Batch[], parallel: number) {
    this.#parallel = parallel;
    this.#states = batches.map((batch) => ({ batch, begun: new Set(), current: null, isOver: false, lastEvent: 0 }));
    for (const state of this.#states) for (const { name } of state.batch.specs) this.#bySpec.set(name, state);
  }

  note({ test, stage, endpoint, isHit, untestedUntilNow }: CountedEvent): void {
    const state = test === null ? undefined : this.#bySpec.get(test);
    if (state === undefined || test === null) return;
    this.#events += 1;
    state.lastEvent = this.#events;
    // A watch has an event when it begins, too.
    if (stage !== 'ResponseStarted') this.#requests += 1;
    if (isHit && untestedUntilNow && endpoint !== null) this.#newlyHit.add(endpoint);
    if (!state.begun.has(test)) {
      if (state.begun.size === 0) this.#begin(state);
      state.begun.add(test);
      state.current = test;
    }
  }

  /** A process has ended. @param number of its batch, from 1 */
  endBatch(number: number): void {
    const state = this.#states[number - 1];
    if (state !== undefined) state.isOver = true;
  }

  /** All processes have ended, maybe before their last spec. */
  end(): void {
    this.#hasEnded = true;
  }

  read(): SpecCounts {
    const count = (one: (state: BatchState) => number): number =>
      this.#states.reduce((sum, state) => sum + one(state), 0);
    return {
      specs: count(({ batch }) => batch.specs.length),
      begun: count(({ batch, begun, isOver }) => (isOver ? batch.specs.length : begun.size)),
      ended: count(({ batch, begun, isOver }) => {
        if (isOver) return batch.specs.length;
        return this.#hasEnded ? begun.size : Math.max(0, begun.size - 1);
      }),
      requests: this.#requests,
      newlyHit: [...this.#newlyHit].toSorted(),
    };
  }

  #begin(state: BatchState): void {
    const live = this.#states.filter(({ begun, isOver }) => begun.size > 0 && !isOver);
    const places = state.batch.isSerial ? 1 : this.#parallel;
    // Requests that a process sends late, such as for the removal of a namespace, do not keep it alive.
    const over = live.toSorted((a, b) => a.lastEvent - b.lastEvent).slice(0, Math.max(0, live.length - places + 1));
    for (const one of over) one.isOver = true;
  }
}

/** `12 of 107 specs ended, 2 running, 3,456 requests, 5 endpoints newly hit`. */
export function formatCounts({ specs, begun, ended, requests, newlyHit }: SpecCounts): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  return [
    `${number(ended)} of ${number(specs)} specs ended`,
    ...(begun > ended ? [`${number(begun - ended)} running`] : []),
    `${number(requests)} requests`,
    ...(newlyHit.length > 0
      ? [`${number(newlyHit.length)} ${newlyHit.length === 1 ? 'endpoint' : 'endpoints'} newly hit`]
      : []),
  ].join(', ');
}
