const firstBytes = 128;

/**
 * The brackets that are open around a place in JSON. Each takes one bit: a body of 128 MiB can open as many brackets as
 * it has bytes, and whether they are closed in their order is found out all the same.
 */
export class OpenBrackets {
  #bits = new Uint8Array(firstBytes);
  #depth = 0;

  get depth(): number {
    return this.#depth;
  }

  /** Whether the innermost one is an object; without meaning when none is open. */
  get isObject(): boolean {
    const last = this.#depth - 1;
    return ((this.#bits[last >> 3] ?? 0) & (1 << (last & 7))) !== 0;
  }

  open(isObject: boolean): void {
    const at = this.#depth >> 3;
    if (at === this.#bits.length) this.#grow();
    const bit = 1 << (this.#depth & 7);
    const bits = this.#bits[at] ?? 0;
    this.#bits[at] = isObject ? bits | bit : bits & ~bit;
    this.#depth += 1;
  }

  close(): void {
    this.#depth -= 1;
  }

  /** None is open any more. */
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
