/** One wait of many; it is looked at when its time is up. */
export interface Deadline {
  end(): void;
}

/** How late a deadline may be noticed, in milliseconds. */
const tickMs = 250;

/**
 * Deadlines that all come the same time after their beginning. Thousands of them a second cost one timer together: a
 * set keeps the order in which they were begun, so that only its first ones need be looked at.
 */
export class Deadlines {
  readonly afterMs: number;
  readonly #waiting = new Set<{ readonly at: number; readonly late: () => void }>();
  readonly #timer: NodeJS.Timeout;

  constructor(afterMs: number) {
    this.afterMs = afterMs;
    this.#timer = setInterval(() => this.#look(), Math.min(tickMs, afterMs)).unref();
  }

  /** Calls `late` once, unless the deadline is ended before. */
  begin(late: () => void): Deadline {
    const entry = { at: performance.now() + this.afterMs, late };
    this.#waiting.add(entry);
    return { end: () => this.#waiting.delete(entry) };
  }

  /** Forgets all deadlines. */
  close(): void {
    clearInterval(this.#timer);
    this.#waiting.clear();
  }

  #look(): void {
    const now = performance.now();
    for (const entry of this.#waiting) {
      if (entry.at > now) return;
      this.#waiting.delete(entry);
      entry.late();
    }
  }
}
