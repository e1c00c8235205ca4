import { expect, test } from 'vitest';
import { findVisibleRows } from '../../../web/src/parts/visible-rows.ts';

test.each([
  ['the first rows', 1000, { top: 0, height: 300 }, { start: 0, end: 22, before: 0, after: 29_340 }],
  [
    'a place in the middle',
    1000,
    { top: 15_000, height: 300 },
    { start: 488, end: 522, before: 14_640, after: 14_340 },
  ],
  ['the last rows', 1000, { top: 29_700, height: 300 }, { start: 978, end: 1000, before: 29_340, after: 0 }],
  ['a short table', 3, { top: 0, height: 300 }, { start: 0, end: 3, before: 0, after: 0 }],
  ['a place that a filter removed', 20, { top: 29_700, height: 300 }, { start: 0, end: 20, before: 0, after: 0 }],
  ['no rows', 0, { top: 0, height: 300 }, { start: 0, end: 0, before: 0, after: 0 }],
])('draws %s', (_what, count, box, expected) => {
  expect(findVisibleRows(count, 30, box)).toEqual(expected);
});
