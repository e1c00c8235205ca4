/**
 * Remembers recent requests, so that one with several events is counted once. Bounded: a request whose events are
 * further apart than the limit is counted twice.
 */
export class RequestMemory {
  readonly #limit: number;
  #recent = new Set<string>();
  #older = new Set<string>();

  /** @param limit number of requests that are remembered at least */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns whether the request was unknown. */
  add(source: string, auditId: string): boolean {
    const key = `${source}\n${auditId}`;
    if (this.#recent.has(key) || this.#older.has(key)) return false;
    if (this.#recent.size >= this.#limit) [this.#older, this.#recent] = [this.#recent, new Set()];
    this.#recent.add(key);
    return true;
  }
}
