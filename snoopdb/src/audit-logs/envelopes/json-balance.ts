const quote = 0x22;
const backslash = 0x5c;

/** Finds out whether a JSON value that is read in parts is complete. It does not validate the JSON. */
export class JsonBalance {
  #depth = 0;
  #isString = false;
  #isEscape = false;

  /** Whether a bracket or a string is open. */
  get isOpen(): boolean {
    return this.#depth > 0 || this.#isString;
  }

  clear(): void {
    this.#depth = 0;
    this.#isString = false;
    this.#isEscape = false;
  }

  add(part: Buffer): void {
    for (const byte of part) {
      if (this.#isEscape) this.#isEscape = false;
      else if (this.#isString) {
        if (byte === backslash) this.#isEscape = true;
        else if (byte === quote) this.#isString = false;
      } else if (byte === quote) this.#isString = true;
      else if (byte === 0x7b || byte === 0x5b) this.#depth += 1;
      else if (byte === 0x7d || byte === 0x5d) this.#depth -= 1;
    }
  }
}
