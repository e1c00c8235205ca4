import { expect, test } from 'vitest';
import { toStorableJson, truncateText } from '../src/storable-text.ts';

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['😀b', 1, '😀'],
  ['a😀b', 2, 'a😀'],
  ['😀😀😀😀', 3, '😀😀😀'],
  ['ab😀😀', 3, 'ab😀'],
])('%s cut at %i characters', (text, characters, cut) => {
  expect(truncateText(text, characters)).toBe(cut);
});

test('cuts a text of a hundred million characters without splitting it', () => {
  expect(truncateText('x'.repeat(100_000_000), 3)).toBe('xxx');
});

test('JSON for jsonb has no NUL and no half surrogate, neither in texts nor in keys', () => {
  expect(toStorableJson([{ 'a\0': 'b\uD800', c: { '\uDC00': 1 } }])).toBe('[{"a\uFFFD":"b\uFFFD","c":{"\uFFFD":1}}]');
});
