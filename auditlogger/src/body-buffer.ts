import { createHash, hash, type Hash } from 'node:crypto';
import type { BufferPool } from './buffer-pool.ts';
import type { Reservation } from './byte-budget.ts';

const mebibyte = 1024 * 1024;
/** Up to this size a body counts as the bytes received; a larger one as its Content-Length. */
const smallBytes = mebibyte;
/** A body of unknown length beyond this size gets a buffer of the full limit: growing it once more would cost more. */
const lastGrownBytes = 16 * mebibyte;

/** Assembles the chunks of a body and hashes them. */
export class BodyBuffer {
  readonly #announced: number | null;
  readonly #limit: number;
  readonly #reservation: Reservation;
  readonly #pool: BufferPool;
  /** The only chunk so far: most small bodies come in one chunk and need no copy. */
  #first: Buffer | null = null;
  #buffer: Buffer | null = null;
  #hash: Hash | null = null;
  #length = 0;

  /**
   * @param announced the Content-Length in bytes; null when unknown
   * @param limit the largest body accepted; the pool must hold buffers of this size
   */
  constructor(announced: number | null, limit: number, reservation: Reservation, pool: BufferPool) {
    this.#announced = announced;
    this.#limit = limit;
    this.#reservation = reservation;
    this.#pool = pool;
  }

  /** @returns why the chunk was refused; null: it was added */
  add(part: Buffer): 'too large' | 'no room' | null {
    const length = this.#length + part.length;
    if (length > this.#limit) return 'too large';
    if (!this.#reservation.grow(this.#count(length))) return 'no room';
    if (this.#length === 0) {
      this.#first = part;
    } else {
      const buffer = this.#makeRoom(length);
      part.copy(buffer, this.#length);
      this.#hash?.update(part);
    }
    this.#length = length;
    return null;
  }

  /**
   * Returns the whole body and its SHA-256, and gives up both.
   * Call `giveBack` when the body is no longer used: its memory is then reused.
   */
  finish(): { body: Buffer; sha256: Buffer; giveBack: () => void } {
    const buffer = this.#buffer;
    const body = buffer?.subarray(0, this.#length) ?? this.#first ?? Buffer.alloc(0);
    const sha256 = this.#hash?.digest() ?? hash('sha256', body, 'buffer');
    this.#buffer = null;
    this.#first = null;
    return { body, sha256, giveBack: () => this.#give(buffer) };
  }

  /** Drops all chunks. */
  discard(): void {
    this.#give(this.#buffer);
    this.#buffer = null;
    this.#first = null;
  }

  #give(buffer: Buffer | null): void {
    if (buffer !== null) this.#pool.release(buffer);
  }

  #makeRoom(bytes: number): Buffer {
    if (this.#buffer !== null && this.#buffer.length >= bytes) return this.#buffer;
    const buffer = this.#pool.acquire(this.#choose(bytes));
    const before = this.#buffer ?? this.#first;
    before?.copy(buffer, 0, 0, this.#length);
    if (this.#buffer === null && this.#first !== null) this.#hash = createHash('sha256').update(this.#first);
    this.#give(this.#buffer);
    this.#first = null;
    this.#buffer = buffer;
    return buffer;
  }

  /** The bytes to reserve for a body of which `bytes` have arrived. */
  #count(bytes: number): number {
    if (bytes <= smallBytes) return bytes;
    if (this.#announced !== null) return Math.max(bytes, Math.min(this.#announced, this.#limit));
    return bytes > lastGrownBytes ? this.#limit : bytes;
  }

  /** The buffer size: twice the bytes of a small body, to copy it few times. */
  #choose(bytes: number): number {
    if (bytes > smallBytes) return this.#count(bytes);
    return Math.max(bytes, Math.min(2 * bytes, this.#announced ?? 0));
  }
}
