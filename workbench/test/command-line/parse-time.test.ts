import { expect, test } from 'vitest';
import { parseTime } from '../../src/command-line/flag-values.ts';

test.each([
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
  ['1d', 86_400],
])('%s is so many seconds ago', (value, seconds) => {
  const now = Date.now();
  const ms = now - parseTime(value, '--since').getTime();
  expect(Math.round(ms / 1000)).toBe(seconds);
});

test('a time is taken as it is', () => {
  expect(parseTime('2026-01-02T03:04:05Z', '--since').toISOString()).toBe('2026-01-02T03:04:05.000Z');
});

test.each(['', '10', 'm', '10 m', '-1m', 'yesterday', '9999-01-01', '99999999999d', '2026-13-01'])(
  "'%s' is refused with examples",
  (value) => {
    expect(() => parseTime(value, '--since')).toThrow(`--since takes a time in the past, not '${value}'.`);
  },
);
