const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
/** Sizes of buffers: close to each other where most bodies are, so that little of a buffer is lost. */
const sizes = [
  ...Array.from({ length: 16 }, (_, step) => (step + 1) * 64 * kibibyte),
  ...[2, 4, 8, 16, 32, 64].map((count) => count * mebibyte),
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
  readonly #timer: NodeJS.Timeout;

  /** @param most the largest buffer that is asked for, in bytes */
  constructor(most: number) {
    const all = [...sizes.filter((bytes) => bytes < most), most];
    this.#shelves = all.map((bytes) => ({ bytes, free: [], unused: 0 }));
    this.#timer = setInterval(() => this.#letGo(), idleMs).unref();
  }

  /** A buffer of at least so many bytes, with anything in it. @throws RangeError when they are more than the most */
  take(bytes: number): Buffer {
    const shelf = this.#shelves.find((one) => one.bytes >= bytes);
    if (shelf === undefined) throw new RangeError(`no buffer of ${bytes} bytes is held here`);
    const buffer = shelf.free.pop() ?? Buffer.allocUnsafeSlow(shelf.bytes);
    shelf.unused = Math.min(shelf.unused, shelf.free.length);
    return buffer;
  }

  /** Takes a buffer back that was taken here and is looked at by nobody any more. */
  give(buffer: Buffer): void {
    this.#shelves.find((one) => one.bytes === buffer.length)?.free.push(buffer);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #letGo(): void {
    for (const shelf of this.#shelves) {
      shelf.free.splice(0, shelf.unused);
      shelf.unused = shelf.free.length;
    }
  }
}
