import type { Segment } from './segment.ts';
import type { FoundRecord } from './segment-reader.ts';

/** A body that the database refuses while it stores others. */
export interface RefusedBody {
  readonly segment: Segment;
  readonly record: FoundRecord;
  readonly reason: string;
}

interface Pending extends RefusedBody {
  readonly tries: number;
  dueAt: number;
}

const longestPauseMs = 300_000;

/** Postponed bodies, retried with increasing delay. */
export class RefusedBodies {
  readonly #firstPauseMs: number;
  readonly #pending = new Map<string, Pending>();

  constructor(firstPauseMs: number) {
    this.#firstPauseMs = firstPauseMs;
  }

  get count(): number {
    return this.#pending.size;
  }

  /** The latest reason; null when none is refused. */
  get reason(): string | null {
    return [...this.#pending.values()].at(-1)?.reason ?? null;
  }

  has(segment: Segment, record: FoundRecord): boolean {
    return this.#pending.has(keyOf(segment, record));
  }

  add(body: RefusedBody): void {
    const key = keyOf(body.segment, body.record);
    const tries = (this.#pending.get(key)?.tries ?? 0) + 1;
    const pauseMs = Math.min(longestPauseMs, this.#firstPauseMs * 2 ** (tries - 1));
    this.#pending.delete(key);
    this.#pending.set(key, { ...body, tries, dueAt: performance.now() + pauseMs });
  }

  /** The body was stored or kept as broken. The others are due at once: the obstacle may be removed for them, too. */
  remove(segment: Segment, record: FoundRecord): void {
    if (!this.#pending.delete(keyOf(segment, record))) return;
    for (const other of this.#pending.values()) other.dueAt = 0;
  }

  /** Removes the bodies of a removed segment. */
  removeAll(segment: Segment): void {
    for (const [key, body] of this.#pending) if (body.segment === segment) this.#pending.delete(key);
  }

  /** @returns a body due for a retry, which stays until removed; null: none */
  findDue(): RefusedBody | null {
    const now = performance.now();
    for (const body of this.#pending.values()) if (body.dueAt <= now) return body;
    return null;
  }
}

function keyOf(segment: Segment, record: FoundRecord): string {
  return `${segment.file.number}:${record.start}`;
}
