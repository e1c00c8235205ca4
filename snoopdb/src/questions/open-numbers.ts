/** Ids of events that may still be committed, from `low` to `high`. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

interface Gap extends NumberRange {
  /** The transactions that may commit it: those writing when the gap was found. */
  readonly writers: ReadonlySet<string>;
}

/**
 * Tracks which ids of live events must be read again. Ids are assigned before the commit, and several transactions write at
 * once: id 7 may be visible before id 5. A missing id below a visible one is a gap. The transaction that took it either
 * still wrote, and so held its lock, when the gap was found, or had already ended. Once all transactions writing at that
 * time have ended, the gap is read one last time: an id that is missing then was rolled back.
 *
 * Gaps are stored as ranges and only while their writers run, so memory grows neither with the number of events nor with
 * long transactions elsewhere on the server. The `xmax` of a snapshot cannot replace the locks: it is the id after the last
 * transaction that ended, so an older transaction with a higher id would be missed.
 */
export class OpenNumbers {
  #gaps: Gap[] = [];
  #next: number;
  /** Transactions that wrote after the last read. */
  #writers: ReadonlySet<string>;

  /**
   * @param next the first id that was never assigned
   * @param writers writing transactions, read after the snapshot in which `next` was found
   */
  constructor(next: number, writers: Iterable<string>) {
    this.#next = next;
    this.#writers = new Set(writers);
  }

  /** All ids from here on are open. */
  get next(): number {
    return this.#next;
  }

  /** The open ranges below `next`, sorted. */
  get gaps(): NumberRange[] {
    return this.#gaps.map(({ low, high }) => ({ low, high }));
  }

  /**
   * Records the result of reading all open ids.
   *
   * @param ids the visible ids, sorted
   * @param isAll false: there may be more after the last id
   * @param writers writing transactions, read after that snapshot was taken
   */
  note(ids: readonly number[], isAll: boolean, writers: Iterable<string>): void {
    const readUpTo = isAll ? Number.POSITIVE_INFINITY : (ids.at(-1) ?? Number.NEGATIVE_INFINITY);
    const writersNow = new Set(writers);
    const left: Gap[] = [];
    let at = 0;
    for (const gap of this.#gaps) {
      // This snapshot includes all transactions that ended before it.
      const stillWriting = new Set([...gap.writers].filter((writer) => this.#writers.has(writer)));
      let low = gap.low;
      const keep = (high: number): void => {
        const from = stillWriting.size === 0 ? Math.max(low, readUpTo + 1) : low;
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
