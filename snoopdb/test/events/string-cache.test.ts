import { expect, test } from 'vitest';
import { createAgentReader } from '../../src/events/agent-reader.ts';
import { StringCache } from '../../src/events/string-cache.ts';
import { measureRetainedBytes } from '../support/retained-memory.ts';

const mebibyte = 1024 * 1024;

test('caches agents, except long ones', () => {
  const { read } = createAgentReader();
  expect(read('kubectl/1')).toBe(read('kubectl/1'));
  const long = `live-test -- ${'x'.repeat(100_000)}`;
  expect(read(long)).toEqual(read(long));
  expect(read(long)).not.toBe(read(long));
});

test('thousands of agents, of 100 kB or a few bytes, use no more memory than a few', () => {
  const { read } = createAgentReader();
  const words = new StringCache();
  const kept = measureRetainedBytes(() => {
    for (let number = 0; number < 3000; number += 1) {
      for (const characters of [300, 1000, 100_000]) {
        const text = Buffer.alloc(characters, `live-test ${number} -- `).toString('latin1');
        read(text);
        words.add(text);
      }
    }
  });
  expect(kept).toBeLessThan(24 * mebibyte);
  expect(read).toBeTypeOf('function');
  expect(words).toBeInstanceOf(StringCache);
});
