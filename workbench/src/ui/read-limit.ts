/** Lets a number of reads run at the same time; others wait in their order. */
export class ReadLimit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  /**
   * @param isWanted whether the answer is still wanted when its turn comes
   * @returns undefined: it was not
   */
  async read<T>(read: () => Promise<T>, isWanted: () => boolean): Promise<T | undefined> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return isWanted() ? await read() : undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
