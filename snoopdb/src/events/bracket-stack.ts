const firstBytes = 128;

/**
 * The open brackets at a position in JSON. Each takes one bit, since a body of 128 MiB may open as many brackets as it
 * has bytes.
 */
export class BracketStack {
  #bits = new Uint8Array(firstBytes);
  #depth = 0;

  get depth(): number {
    return this.#depth;
  }

  /** Whether the innermost one is an object; undefined behaviour if none is open. */
  get isObject(): boolean {
    const last = this.#depth - 1;
    return ((this.#bits[last >> 3] ?? 0) & (1 << (last & 7))) !== 0;
  }

  push(isObject: boolean): void {
    const at = this.#depth >> 3;
    if (at === this.#bits.length) this.#grow();
    const bit = 1 << (this.#depth & 7);
    const bits = this.#bits[at] ?? 0;
    this.#bits[at] = isObject ? bits | bit : bits & ~bit;
    this.#depth += 1;
  }

  pop(): void {
    this.#depth -= 1;
  }

  clear(): void {
    this.#depth = 0;
    if (this.#bits.length > firstBytes) this.#bits = new Uint8Array(firstBytes);
  }

  #grow(): void {
    const bits = new Uint8Array(2 * this.#bits.length);
    bits.set(this.#bits);
    this.#bits = bits;
  }
}
