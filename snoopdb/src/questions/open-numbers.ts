/** Numbers of events that may still be committed, from `low` to `high`. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

interface Gap extends NumberRange {
  /** The transactions that may commit it: those that wrote when it was found. */
  readonly writers: ReadonlySet<string>;
}

/**
 * Which numbers of live events have to be looked at again. Events get their numbers before they are committed, and
 * several writers work at once: number 7 may be seen before number 5. A number below one that was seen is a gap. It was
 * taken before, by a transaction that then either wrote, and so held its lock, or had ended. When all that wrote at that
 * time have ended, one more look is the last one: what is missing then was rolled back and never comes.
 *
 * Gaps are kept as ranges, and only as long as their writers write. So the memory does not grow with the number of
 * events, nor with a long transaction elsewhere on the server. The `xmax` of a snapshot would not do instead of locks:
 * it is the id after the last transaction that ended, so an older transaction with a higher id escapes it.
 */
export class OpenNumbers {
  #gaps: Gap[] = [];
  #next: number;
  /** Who wrote after the last look. */
  #writers: ReadonlySet<string>;

  /**
   * @param next the first number of the endless rest
   * @param writers who writes: looked up after the snapshot in which `next` was found
   */
  constructor(next: number, writers: Iterable<string>) {
    this.#next = next;
    this.#writers = new Set(writers);
  }

  /** From this number on all are open. */
  get next(): number {
    return this.#next;
  }

  /** The open ones below, in their order. */
  get gaps(): NumberRange[] {
    return this.#gaps.map(({ low, high }) => ({ low, high }));
  }

  /**
   * Notes what a look at all open numbers found.
   *
   * @param ids the numbers that were there, in their order
   * @param isAll false: there may be more beyond the last of them
   * @param writers who writes: looked up after that snapshot was taken
   */
  note(ids: readonly number[], isAll: boolean, writers: Iterable<string>): void {
    const lookedTo = isAll ? Number.POSITIVE_INFINITY : (ids.at(-1) ?? Number.NEGATIVE_INFINITY);
    const writersNow = new Set(writers);
    const left: Gap[] = [];
    let at = 0;
    for (const gap of this.#gaps) {
      // Who had ended before the snapshot of this look was taken is seen by it.
      const stillWriting = new Set([...gap.writers].filter((writer) => this.#writers.has(writer)));
      let low = gap.low;
      const keep = (high: number): void => {
        const from = stillWriting.size === 0 ? Math.max(low, lookedTo + 1) : low;
        if (from <= high) left.push({ low: from, high, writers: stillWriting });
      };
      for (let id = ids[at]; id !== undefined && id <= gap.high; id = ids[at]) {
        keep(id - 1);
        low = id + 1;
        at += 1;
      }
      keep(gap.high);
    }
    for (const id of ids.slice(at)) {
      if (id > this.#next) left.push({ low: this.#next, high: id - 1, writers: writersNow });
      this.#next = id + 1;
    }
    this.#gaps = left;
    this.#writers = writersNow;
  }
}
