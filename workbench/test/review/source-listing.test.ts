import { expect, test } from 'vitest';
import { findHiddenCharacters, formatSources } from '../../src/review/source-listing.ts';

test('numbers lines, and shows no control or invisible character', () => {
  const content = 'one\n\ttwo \u001b[2J\u001b]0;title\u0007\r\nthree \u202e// \u200b\u2066\n\nlast\n';
  expect(formatSources([{ file: 'a\u001b[31m.ts', content }])).toBe(
    '=== a\ufffd[31m.ts\n1  one\n2      two \ufffd[2J\ufffd]0;title\ufffd\n3  three \ufffd// \ufffd\ufffd\n4\n5  last\n',
  );
});

test('lists the lines with such characters', () => {
  expect(findHiddenCharacters('a\tb\r\nc\u200bd\nße 日本\n\u202e\nx\ry')).toEqual([2, 4, 5]);
});
