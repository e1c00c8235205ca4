export interface Deadline {
  cancel(): void;
}

/** Resolution of a deadline, in milliseconds. */
const tickMs = 250;

/**
 * Deadlines of one duration that share one timer, cheap for thousands per second. A set keeps insertion order, so only
 * its first entries need checking.
 */
export class Deadlines {
  readonly afterMs: number;
  readonly #waiting = new Set<{ readonly at: number; readonly late: () => void }>();
  readonly #timer: NodeJS.Timeout;

  constructor(afterMs: number) {
    this.afterMs = afterMs;
    this.#timer = setInterval(() => this.#look(), Math.min(tickMs, afterMs)).unref();
  }

  /** Calls `late` once, unless the deadline is cancelled before. */
  begin(late: () => void): Deadline {
    const entry = { at: performance.now() + this.afterMs, late };
    this.#waiting.add(entry);
    return { cancel: () => this.#waiting.delete(entry) };
  }

  /** Cancels all deadlines. */
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
