import { afterEach, expect, test } from 'vitest';
import { BufferPool } from '../src/buffer-pool.ts';

const mebibyte = 1024 * 1024;
const pool = new BufferPool(64 * mebibyte, 4 * mebibyte);
afterEach(() => pool.close());

test('buffers that wait to be reused stay within the limit, for any sequence of sizes', () => {
  const sizes = [...Array.from({ length: 16 }, (_, step) => (step + 1) * 64 * 1024), 2 * mebibyte, 4 * mebibyte];
  const given = new Set<Buffer>();
  for (const bytes of sizes) {
    const taken = Array.from({ length: Math.floor((4 * mebibyte) / bytes) }, () => pool.acquire(bytes));
    for (const buffer of taken) pool.release(buffer);
    for (const buffer of taken) given.add(buffer);
  }
  let found = 0;
  for (const bytes of sizes) {
    for (let buffer = pool.acquire(bytes); given.delete(buffer); buffer = pool.acquire(bytes)) found += buffer.length;
  }
  expect(found).toBe(4 * mebibyte);
});

test('keeps one buffer of the largest size', () => {
  const [first, second] = [pool.acquire(20 * mebibyte), pool.acquire(20 * mebibyte)];
  pool.release(first);
  pool.release(second);
  // Not compared by their bytes.
  const again = [pool.acquire(64 * mebibyte), pool.acquire(64 * mebibyte)];
  expect([again[0] === first, again.some((buffer) => buffer === second)]).toEqual([true, false]);
});
