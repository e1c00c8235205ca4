const quote = 0x22;
const backslash = 0x5c;

/** Tells whether a JSON value that comes in parts has come to its end. It checks nothing else. */
export class JsonBalance {
  #depth = 0;
  #isText = false;
  #isEscape = false;

  /** Whether a bracket or a text is open. */
  get isOpen(): boolean {
    return this.#depth > 0 || this.#isText;
  }

  clear(): void {
    this.#depth = 0;
    this.#isText = false;
    this.#isEscape = false;
  }

  add(part: Buffer): void {
    for (const byte of part) {
      if (this.#isEscape) this.#isEscape = false;
      else if (this.#isText) {
        if (byte === backslash) this.#isEscape = true;
        else if (byte === quote) this.#isText = false;
      } else if (byte === quote) this.#isText = true;
      else if (byte === 0x7b || byte === 0x5b) this.#depth += 1;
      else if (byte === 0x7d || byte === 0x5d) this.#depth -= 1;
    }
  }
}
