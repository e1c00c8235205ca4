import { compareReleases, isSameMinor } from '@snoop/snoopdb';

/** Different texts, up to a limit, since senders choose them. */
export class BoundedSet {
  readonly #texts = new Set<string>();
  readonly #limit: number;
  #isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(given: string): void {
    const text = given.slice(0, 300);
    if (this.#texts.has(text)) return;
    if (this.#texts.size < this.#limit) this.#texts.add(text);
    else this.#isFull = true;
  }

  /** Whether some were dropped. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get size(): number {
    return this.#texts.size;
  }

  list(): string[] {
    return [...this.#texts].sort();
  }
}

/** Sorts releases, oldest first. */
export function sortReleases(releases: readonly string[]): string[] {
  return [...releases].sort(compareReleases);
}

/** Whether releases are of several minor releases. */
export function haveSeveralMinors(releases: readonly string[]): boolean {
  const [first] = releases;
  return first !== undefined && releases.some((release) => !isSameMinor(first, release));
}
