/** Memory per body beyond its bytes: request, buffer and database state. */
const bodyOverheadBytes = 2048;

/** The bytes reserved for one body. */
export interface Reservation {
  /**
   * Sets the reservation to `bytes` in total.
   * @returns false when there is no room; the reservation is unchanged
   */
  grow(bytes: number): boolean;
  release(): void;
}

/**
 * Bounds the bytes of all bodies in flight. One body larger than half the budget is accounted separately, so that large
 * and small bodies do not block each other. Bodies of unknown length share half the budget: they may never end, and must
 * not block the others.
 */
export class ByteBudget {
  readonly #bytes: number;
  #taken = 0;
  #unannounced = 0;
  #largeBytes = 0;
  #isLargeTaken = false;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Bytes in flight. */
  get taken(): number {
    return this.#taken + this.#largeBytes;
  }

  /** Whether a body of that size fits now. */
  hasRoomFor(bytes: number): boolean {
    const all = bytes + bodyOverheadBytes;
    return this.#isLarge(all) ? !this.#isLargeTaken : this.#taken + all <= this.#bytes;
  }

  /** @returns null when there is no room for a body of that size */
  open(bytes: number, isAnnounced: boolean): Reservation | null {
    let mine = 0;
    let isLarge = false;
    const add = (more: number): void => {
      this.#taken += more;
      if (!isAnnounced) this.#unannounced += more;
    };
    const grow = (wanted: number): boolean => {
      const all = Math.max(mine, wanted + bodyOverheadBytes);
      if (isLarge) {
        this.#largeBytes = all;
      } else if (this.#isLarge(all)) {
        if (this.#isLargeTaken) return false;
        isLarge = true;
        this.#isLargeTaken = true;
        this.#largeBytes = all;
        add(-mine);
      } else {
        if (this.#taken + all - mine > this.#bytes) return false;
        if (!isAnnounced && this.#unannounced + all - mine > this.#bytes / 2) return false;
        add(all - mine);
      }
      mine = all;
      return true;
    };
    const release = (): void => {
      if (isLarge) {
        this.#isLargeTaken = false;
        this.#largeBytes = 0;
      } else {
        add(-mine);
      }
      isLarge = false;
      mine = 0;
    };
    return grow(bytes) ? { grow, release } : null;
  }

  #isLarge(bytes: number): boolean {
    return bytes > this.#bytes / 2;
  }
}
