/** Bits of what was seen of a request. */
const received = 1;
const answered = 2;

/** API servers truncate ids at 64 bytes; longer ones were made up. */
const maxIdLength = 128;

/** What a log shows of its requests. */
export interface AnsweredShare {
  /** Requests with a RequestReceived event. */
  readonly received: number;
  /** Those of them without a later event. */
  readonly unanswered: number;
  /** Whether only a sample of the requests was counted. */
  readonly isSample: boolean;
}

/**
 * Counts requests without a response in bounded memory: when there are too many ids, those with half of all hashes are
 * dropped, with all their events. So each id that is left was followed from its first event on.
 */
export class RequestSample {
  readonly #seen = new Map<string, number>();
  readonly #limit: number;
  #mask = 0;

  constructor(limit = 50_000) {
    this.#limit = limit;
  }

  add(auditId: string, stage: string): void {
    if (auditId.length > maxIdLength || (hash(auditId) & this.#mask) !== 0) return;
    const bit = stage === 'RequestReceived' ? received : answered;
    this.#seen.set(auditId, (this.#seen.get(auditId) ?? 0) | bit);
    while (this.#seen.size > this.#limit && this.#mask < 0x7fffffff) this.#halve();
    // Ids that were made up to have one hash.
    if (this.#seen.size > this.#limit) this.#seen.delete(auditId);
  }

  #halve(): void {
    this.#mask = this.#mask * 2 + 1;
    for (const id of this.#seen.keys()) if ((hash(id) & this.#mask) !== 0) this.#seen.delete(id);
  }

  count(): AnsweredShare {
    let all = 0;
    let unanswered = 0;
    for (const bits of this.#seen.values()) {
      if ((bits & received) === 0) continue;
      all += 1;
      if ((bits & answered) === 0) unanswered += 1;
    }
    return { received: all, unanswered, isSample: this.#mask !== 0 };
  }
}

/** FNV-1a, with its lower bits mixed, since only these are used. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
