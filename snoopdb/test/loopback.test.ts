import { expect, test } from 'vitest';
import { isLoopback } from '../src/loopback.ts';

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['0.0.0.0', false],
  ['::', false],
  ['127.1', false],
  ['10.0.0.1', false],
  ['fe80::1', false],
  ['::ffff:10.0.0.1', false],
  ['127.0.0.1.example', false],
  ['localhost.example', false],
  ['', false],
])('%j is loopback: %s', (host, answer) => {
  expect(isLoopback(host)).toBe(answer);
});
