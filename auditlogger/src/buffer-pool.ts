const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
/** Buffer sizes; closer together where most bodies are, to waste little memory. */
const sizes = [
  ...Array.from({ length: 16 }, (_, step) => (step + 1) * 64 * kibibyte),
  ...[2, 4, 8, 16].map((count) => count * mebibyte),
];
/** Buffers unused for this time are freed. */
const idleMs = 5000;

interface SizeClass {
  readonly bytes: number;
  readonly free: Buffer[];
  /** The lowest number of free buffers since the last check. */
  unused: number;
}

/**
 * Reusable buffers. At hundreds of megabytes per second, the garbage collector notices buffer memory too late: several
 * times the bytes in flight would pile up.
 */
export class BufferPool {
  readonly #sizeClasses: readonly SizeClass[];
  readonly #keptBytes: number;
  readonly #timer: NodeJS.Timeout;
  /** Bytes of free buffers, without the largest size. */
  #freeBytes = 0;

  /**
   * @param most the largest buffer, in bytes; one of this size is kept
   * @param keptBytes bound of all other free buffers: senders choose the sizes and could fill one size class after another
   */
  constructor(most: number, keptBytes: number) {
    const all = [...sizes.filter((bytes) => bytes < most), most];
    this.#sizeClasses = all.map((bytes) => ({ bytes, free: [], unused: 0 }));
    this.#keptBytes = keptBytes;
    this.#timer = setInterval(() => this.#freeUnused(), idleMs).unref();
  }

  /** Returns a buffer of at least `bytes`, with arbitrary content. @throws RangeError when `bytes` exceeds the largest size */
  acquire(bytes: number): Buffer {
    const sizeClass = this.#sizeClasses.find((one) => one.bytes >= bytes);
    if (sizeClass === undefined) throw new RangeError(`no buffer of ${bytes} bytes in this pool`);
    const buffer = sizeClass.free.pop();
    if (buffer !== undefined) this.#count(sizeClass, -1);
    sizeClass.unused = Math.min(sizeClass.unused, sizeClass.free.length);
    return buffer ?? Buffer.allocUnsafeSlow(sizeClass.bytes);
  }

  /** Returns a buffer to the pool; the caller must not use it any more. */
  release(buffer: Buffer): void {
    const sizeClass = this.#sizeClasses.find((one) => one.bytes === buffer.length);
    if (sizeClass === undefined || !this.#makeRoom(sizeClass)) return;
    sizeClass.free.push(buffer);
    this.#count(sizeClass, 1);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Whether one more buffer of that size may be kept; frees buffers of other sizes for it. */
  #makeRoom(sizeClass: SizeClass): boolean {
    if (sizeClass === this.#sizeClasses.at(-1)) return sizeClass.free.length === 0;
    for (const other of this.#sizeClasses.slice(0, -1)) {
      if (this.#freeBytes + sizeClass.bytes <= this.#keptBytes) break;
      if (other === sizeClass) continue;
      const beyond = Math.ceil((this.#freeBytes + sizeClass.bytes - this.#keptBytes) / other.bytes);
      this.#count(other, -other.free.splice(0, beyond).length);
    }
    return this.#freeBytes + sizeClass.bytes <= this.#keptBytes;
  }

  #count(sizeClass: SizeClass, more: number): void {
    if (sizeClass !== this.#sizeClasses.at(-1)) this.#freeBytes += more * sizeClass.bytes;
  }

  #freeUnused(): void {
    for (const sizeClass of this.#sizeClasses) {
      this.#count(sizeClass, -sizeClass.free.splice(0, sizeClass.unused).length);
      sizeClass.unused = sizeClass.free.length;
    }
  }
}
