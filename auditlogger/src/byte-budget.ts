/** What a body costs beside its bytes: what is kept about its request, its buffer and its way into the database. */
const bodyOverheadBytes = 2048;

/** The bytes that one body takes. */
export interface Reservation {
  /**
   * Takes so many bytes for the whole body, what it had included.
   * @returns false when there are not as many; it keeps what it had
   */
  grow(bytes: number): boolean;
  release(): void;
}

/**
 * Holds the bodies in flight within a number of bytes. One body of more than half of them goes beside the others, so
 * that neither keeps the other out. Those that do not say how large they are get half of them all together: they may
 * never end, and must not keep out those that do.
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

  /** Whether a body of that size would find room at this moment. */
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
