/** Reads data once for all requests that want it at the same time, such as those of many pages after a restart. */
export class SharedReads {
  readonly #reads = new Map<string, Promise<unknown>>();

  /** @param key names what is read, and so its type */
  read<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#reads.get(key);
    if (known !== undefined) return known as Promise<T>;
    const reading = read().finally(() => this.#reads.delete(key));
    this.#reads.set(key, reading);
    return reading;
  }
}
