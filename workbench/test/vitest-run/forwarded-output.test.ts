import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { ForwardedOutput } from '../../src/vitest-run/forwarded-output.ts';

/** Returns what a terminal with these columns receives; null: a pipe. */
function forward(text: string, columns: number | null): string {
  let arrived = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      arrived += chunk.toString();
      done();
    },
  });
  new ForwardedOutput(Object.assign(stream, columns === null ? {} : { isTTY: true, columns })).write(text);
  return arrived;
}

const refusal =
  '\u001b[31m\u001b[1mAPI error\u001b[22m: 422 Invalid: Pod "Not_Valid" is invalid: metadata.name: Invalid value\u001b[39m\n';
const times = '   Duration  14.15s (transform 4.82s, setup 0ms, import 11.91s, tests 1.06s, environment 4ms)\n';

test('wraps lines at blanks and keeps their indent on a terminal', () => {
  expect(`\n${forward(times, 60)}`).toMatchInlineSnapshot(`
    "
       Duration  14.15s (transform 4.82s, setup 0ms, import
       11.91s, tests 1.06s, environment 4ms)
    "
  `);
  expect(`\n${stripVTControlCharacters(forward(refusal, 40))}`).toMatchInlineSnapshot(`
    "
    API error: 422 Invalid: Pod "Not_Valid"
    is invalid: metadata.name: Invalid value
    "
  `);
});

test('keeps colours, empty lines and long words', () => {
  const url = `https://example.org/${'x'.repeat(80)}`;
  expect(forward(`see ${url} there\n`, 40)).toBe(`see\n${url}\nthere\n`);
  for (const text of ['\n\n', ' ✓ a test\n', ` ${'⎯'.repeat(39)}\n`, 'a part of a line'])
    expect(forward(text, 40)).toBe(text);
  const wrapped = forward(refusal, 40);
  expect(wrapped.replace(/\s/g, '')).toBe(refusal.replace(/\s/g, ''));
  for (const line of wrapped.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(40);
});

test('only removes colours for a pipe', () => {
  expect(forward(refusal, null)).toBe(stripVTControlCharacters(refusal));
});
