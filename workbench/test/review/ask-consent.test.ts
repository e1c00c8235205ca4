import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askConsent, requireTerminal } from '../../src/review/ask-consent.ts';

test.each([
  ['y', true],
  ['Yes', true],
  ['n', false],
  ['', false],
  ['yesterday', false],
])('the answer %j means %s', async (answer, isAgreed) => {
  const [stdin, stderr] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const asked = askConsent('Run it?', { stdin, stderr, signal });
  stdin.write(`${answer}\n`);
  expect(await asked).toBe(isAgreed);
  expect(String(stderr.read())).toContain('Run it? [y/N] ');
});

test('refuses to ask without a terminal', () => {
  expect(() => requireTerminal({ stdin: new PassThrough() })).toThrow('There is no terminal to ask on');
});
