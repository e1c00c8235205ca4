import { expect, test } from 'vitest';
import { readServerTime, readTime } from '../../src/events/event-time.ts';

test.each([
  ['2026-11-21T03:05:01.004000Z', 1_795_230_301_004_000],
  ['2026-11-21T03:05:01.004Z', 1_795_230_301_004_000],
  ['2026-11-21T03:05:01Z', 1_795_230_301_000_000],
  ['2026-11-21T03:05:01.123456789Z', 1_795_230_301_123_456],
  ['2026-11-21T05:05:01.004+02:00', 1_795_230_301_004_000],
  ['2026-11-20T22:35:01.004-04:30', 1_795_230_301_004_000],
  ['1969-12-31T23:59:59.999999Z', -1],
  ['2026-11-21 03:05:01.004000Z', null],
  ['2026-11-21T03:05:01.00400xZ', null],
  ['yesterday', null],
  ['', null],
])('%s', (text, expected) => {
  expect(readTime(text)).toBe(expected);
  const bytes = Buffer.from(`"${text}"`);
  // The quick way knows one spelling, and says the same of it.
  const quick = readServerTime(bytes, 1, bytes.length - 1);
  expect(quick).toBe(text.length === 27 && expected !== null ? expected : null);
});
