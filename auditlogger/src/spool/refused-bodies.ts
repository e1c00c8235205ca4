import type { Segment } from './segment.ts';
import type { FoundRecord } from './segment-reader.ts';

/** A body that the database refuses while it takes others. */
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

/** What is put off, and when it is tried again: later each time. */
export class RefusedBodies {
  readonly #firstPauseMs: number;
  readonly #pending = new Map<string, Pending>();

  constructor(firstPauseMs: number) {
    this.#firstPauseMs = firstPauseMs;
  }

  get count(): number {
    return this.#pending.size;
  }

  /** The reason that was given last; null when none is refused. */
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

  /** It was taken, or put aside for good. What stood in its way may have stood in that of the others too. */
  remove(segment: Segment, record: FoundRecord): void {
    if (!this.#pending.delete(keyOf(segment, record))) return;
    for (const other of this.#pending.values()) other.dueAt = 0;
  }

  /** Their segment is gone. */
  removeAll(segment: Segment): void {
    for (const [key, body] of this.#pending) if (body.segment === segment) this.#pending.delete(key);
  }

  /** One whose time has come; null when there is none. It stays here until it is removed. */
  findDue(): RefusedBody | null {
    const now = performance.now();
    for (const body of this.#pending.values()) if (body.dueAt <= now) return body;
    return null;
  }
}

function keyOf(segment: Segment, record: FoundRecord): string {
  return `${segment.file.number}:${record.start}`;
}
