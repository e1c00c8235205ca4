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
  ['0000-02-29T00:00:00Z', -62_162_121_600_000_000],
  ['0001-01-01T00:00:00.000000Z', -62_135_596_800_000_000],
  ['0099-12-31T23:59:59.000000Z', -59_011_459_201_000_000],
  ['0100-01-01T00:00:00Z', -59_011_459_200_000_000],
  ['9999-12-31T23:59:59.000000Z', 253_402_300_799_000_000],
  ['10000-01-01T00:00:00Z', 253_402_300_800_000_000],
  ['0001-01-01T00:00:00.000001Z', Number.NaN],
  ['10000-01-01T00:00:00.000001Z', Number.NaN],
  // A number that is exact, and that PostgreSQL, which counts from 2000 on, would get another of.
  ['1700-01-01T00:00:00.000001Z', Number.NaN],
  ['1715-01-01T00:00:00.000001Z', -8_047_036_799_999_999],
  ['100000-01-01T00:00:00Z', null],
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
