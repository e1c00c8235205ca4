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

test.each([
  ['a file', {}],
  ['a terminal', { isTTY: true }],
])('the end of the input on %s means no', async (_, kind) => {
  const [stdin, stderr] = [new PassThrough(), Object.assign(new PassThrough(), kind)];
  const { signal } = new AbortController();
  const asked = askConsent('Run it?', { stdin, stderr, signal });
  stdin.end('\u0004');
  expect(await asked).toBe(false);
});

test('an abort ends the question with its reason', async () => {
  const ending = new AbortController();
  const asked = askConsent('Run it?', { stdin: new PassThrough(), stderr: new PassThrough(), signal: ending.signal });
  ending.abort(new Error('Interrupted.'));
  await expect(asked).rejects.toThrow('Interrupted.');
});

test('refuses to ask without a terminal', () => {
  expect(() => requireTerminal({ stdin: new PassThrough() })).toThrow('There is no terminal to ask on');
});
