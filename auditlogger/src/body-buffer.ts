import { createHash, hash, type Hash } from 'node:crypto';
import type { BufferPool } from './buffer-pool.ts';
import type { Reservation } from './byte-budget.ts';

const mebibyte = 1024 * 1024;
/** Up to here a body counts what came of it; one that is larger counts what it announces. */
const smallBytes = mebibyte;
/** A body of unknown size that is larger gets, and counts, all the room it may take: copying it once more costs more. */
const lastGrownBytes = 16 * mebibyte;

/** Puts the parts of a body together, and hashes them on the way. */
export class BodyBuffer {
  readonly #announced: number | null;
  readonly #limit: number;
  readonly #reservation: Reservation;
  readonly #pool: BufferPool;
  /** All there is, as long as it came in one part: most small bodies do, and need no copy. */
  #first: Buffer | null = null;
  #buffer: Buffer | null = null;
  #hash: Hash | null = null;
  #length = 0;

  /**
   * @param announced the size of the body, in bytes; null when nobody said it
   * @param limit the largest body taken; the pool must hold buffers of this size
   */
  constructor(announced: number | null, limit: number, reservation: Reservation, pool: BufferPool) {
    this.#announced = announced;
    this.#limit = limit;
    this.#reservation = reservation;
    this.#pool = pool;
  }

  /** @returns why the part cannot be taken; null: it was */
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
   * The whole body, which is held here no more, and its sha256.
   * `giveBack` lets its memory be used again: nobody may look at the body any more.
   */
  take(): { body: Buffer; sha256: Buffer; giveBack: () => void } {
    const buffer = this.#buffer;
    const body = buffer?.subarray(0, this.#length) ?? this.#first ?? Buffer.alloc(0);
    const sha256 = this.#hash?.digest() ?? hash('sha256', body, 'buffer');
    this.#buffer = null;
    this.#first = null;
    return { body, sha256, giveBack: () => this.#give(buffer) };
  }

  /** Forgets what came. */
  drop(): void {
    this.#give(this.#buffer);
    this.#buffer = null;
    this.#first = null;
  }

  #give(buffer: Buffer | null): void {
    if (buffer !== null) this.#pool.give(buffer);
  }

  #makeRoom(bytes: number): Buffer {
    if (this.#buffer !== null && this.#buffer.length >= bytes) return this.#buffer;
    const buffer = this.#pool.take(this.#choose(bytes));
    const before = this.#buffer ?? this.#first;
    before?.copy(buffer, 0, 0, this.#length);
    if (this.#buffer === null && this.#first !== null) this.#hash = createHash('sha256').update(this.#first);
    this.#give(this.#buffer);
    this.#first = null;
    this.#buffer = buffer;
    return buffer;
  }

  /** What a body counts of which so many bytes came. */
  #count(bytes: number): number {
    if (bytes <= smallBytes) return bytes;
    if (this.#announced !== null) return Math.max(bytes, Math.min(this.#announced, this.#limit));
    return bytes > lastGrownBytes ? this.#limit : bytes;
  }

  /** The room it gets: of a small one twice what came, so that few copies are made of it. */
  #choose(bytes: number): number {
    if (bytes > smallBytes) return this.#count(bytes);
    return Math.max(bytes, Math.min(2 * bytes, this.#announced ?? 0));
  }
}
