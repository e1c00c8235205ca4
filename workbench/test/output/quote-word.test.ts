import { expect, test } from 'vitest';
import { quoteWord } from '../../src/output/quote-word.ts';

test.each([
  ['a/b-1.36@x+y.tgz', 'a/b-1.36@x+y.tgz'],
  ['-', '-'],
  ['--flag', "'--flag'"],
  ['my tests/a.tgz', "'my tests/a.tgz'"],
  ["it's", String.raw`'it'\''s'`],
  ['', "''"],
])('%j is %s in a shell', (word, quoted) => {
  expect(quoteWord(word)).toBe(quoted);
});
