const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
/** Sizes of buffers: close to each other where most bodies are, so that little of a buffer is lost. */
const sizes = [
  ...Array.from({ length: 16 }, (_, step) => (step + 1) * 64 * kibibyte),
  ...[2, 4, 8, 16].map((count) => count * mebibyte),
];
/** What nobody asked for in this time is let go. */
const idleMs = 5000;

interface Shelf {
  readonly bytes: number;
  readonly free: Buffer[];
  /** So many lay there all the time since it was looked at last. */
  unused: number;
}

/**
 * Buffers that are used again. Bodies come by the hundred megabytes a second, and the collector of garbage learns late
 * how much memory buffers hold: it would let several times what is in flight pile up.
 */
export class BufferPool {
  readonly #shelves: readonly Shelf[];
  readonly #keptBytes: number;
  readonly #timer: NodeJS.Timeout;
  /** Of those that lie here, without the largest. */
  #freeBytes = 0;

  /**
   * @param most the largest buffer that is asked for, in bytes; one of these is kept
   * @param keptBytes of all others that lie here: senders choose the sizes, and could fill one shelf after the other
   */
  constructor(most: number, keptBytes: number) {
    const all = [...sizes.filter((bytes) => bytes < most), most];
    this.#shelves = all.map((bytes) => ({ bytes, free: [], unused: 0 }));
    this.#keptBytes = keptBytes;
    this.#timer = setInterval(() => this.#letGo(), idleMs).unref();
  }

  /** A buffer of at least so many bytes, with anything in it. @throws RangeError when they are more than the most */
  take(bytes: number): Buffer {
    const shelf = this.#shelves.find((one) => one.bytes >= bytes);
    if (shelf === undefined) throw new RangeError(`no buffer of ${bytes} bytes is held here`);
    const buffer = shelf.free.pop();
    if (buffer !== undefined) this.#count(shelf, -1);
    shelf.unused = Math.min(shelf.unused, shelf.free.length);
    return buffer ?? Buffer.allocUnsafeSlow(shelf.bytes);
  }

  /** Takes a buffer back that was taken here and is looked at by nobody any more. */
  give(buffer: Buffer): void {
    const shelf = this.#shelves.find((one) => one.bytes === buffer.length);
    if (shelf === undefined || !this.#makeRoom(shelf)) return;
    shelf.free.push(buffer);
    this.#count(shelf, 1);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Whether one more may lie on that shelf; those of other sizes go for it. */
  #makeRoom(shelf: Shelf): boolean {
    if (shelf === this.#shelves.at(-1)) return shelf.free.length === 0;
    for (const other of this.#shelves.slice(0, -1)) {
      if (this.#freeBytes + shelf.bytes <= this.#keptBytes) break;
      if (other === shelf) continue;
      const beyond = Math.ceil((this.#freeBytes + shelf.bytes - this.#keptBytes) / other.bytes);
      this.#count(other, -other.free.splice(0, beyond).length);
    }
    return this.#freeBytes + shelf.bytes <= this.#keptBytes;
  }

  #count(shelf: Shelf, more: number): void {
    if (shelf !== this.#shelves.at(-1)) this.#freeBytes += more * shelf.bytes;
  }

  #letGo(): void {
    for (const shelf of this.#shelves) {
      this.#count(shelf, -shelf.free.splice(0, shelf.unused).length);
      shelf.unused = shelf.free.length;
    }
  }
}
