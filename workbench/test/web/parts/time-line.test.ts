import { expect, test } from 'vitest';
import { createRequestTimeLine, formatTook, readTime, type ShownRequest } from '../../../web/src/parts/request-rows.ts';
import { createTimeLine, formatDuration } from '../../../web/src/parts/time-line.ts';
import { readWebUrl, shortenName } from '../../../web/src/parts/web-url.ts';

test('places items on a common line', () => {
  const line = createTimeLine([
    { key: 'b', start: 1100, end: 1200 },
    { key: 'a', start: 1000, end: 1050 },
    { key: 'open', start: 1150, end: null },
    { key: 'backwards', start: 1150, end: 900 },
  ]);
  expect(line).toMatchObject({ start: 1000, duration: 200 });
  expect(Object.fromEntries(line?.bars ?? [])).toEqual({
    a: { start: 0, length: 0.25 },
    b: { start: 0.5, length: 0.5 },
    open: { start: 0.75, length: 0 },
    backwards: { start: 0.75, length: 0 },
  });
  expect(line?.ticks.map(({ label }) => label)).toEqual(['0', '50 ms', '100 ms', '150 ms', '200 ms']);
});

test.each([1, 7, 90, 1234, 59_000, 61_000, 3_600_000, 86_400_000 * 30])('%i ms have up to seven ticks', (duration) => {
  const { ticks = [] } = createTimeLine([{ key: 'a', start: 0, end: duration }]) ?? {};
  expect(ticks.length).toBeGreaterThan(1);
  expect(ticks.length).toBeLessThanOrEqual(7);
  for (const { place } of ticks) expect(place).toBeLessThanOrEqual(1);
});

test('one instant, and nothing, have a line without NaN', () => {
  expect(createTimeLine([])).toBeNull();
  const line = createTimeLine([{ key: 'a', start: 5, end: 5 }]);
  expect(line?.bars.get('a')).toEqual({ start: 0, length: 0 });
});

test.each([
  [0, '0'],
  [0.44, '0.4 ms'],
  [20, '20 ms'],
  [1500, '1.5 s'],
  [12_340, '12.3 s'],
  [150_000, '2 min 30 s'],
  [3_900_000, '1 h 5 min'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('requests without times are on no line', () => {
  const request: ShownRequest = {
    ...{ key: 'a', group: null, request: 'get /', endpoint: null, answer: '200', isSuccess: true },
    ...{ start: null, end: null },
  };
  expect(createRequestTimeLine([request])).toBeNull();
  expect(formatTook(request)).toBeNull();
  expect(formatTook({ ...request, start: 10, end: 5 })).toBe('0');
  expect([readTime(null), readTime('yesterday'), readTime('1970-01-01T00:00:01Z')]).toEqual([null, null, 1000]);
});

test.each([
  ['https://github.com/kubernetes/kubernetes/pull/1', true],
  ['javascript:alert(1)', false],
  ['data:text/html,<script>', false],
  ['//example.com', false],
  ['https://', false],
  [null, false],
])('%j is a link: %s', (text, isLink) => {
  expect(readWebUrl(text)).toBe(isLink ? text : null);
});

test('long names are shortened', () => {
  expect(shortenName('x'.repeat(10_000))).toHaveLength(122);
  expect(shortenName('short')).toBe('short');
});
