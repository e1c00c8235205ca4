import { expect, test } from 'vitest';
import { findMoved } from '../../../src/ticket/comparison/moved.ts';

test.each<[string, (number | null)[], number[]]>([
  ['nothing', [], []],
  ['nothing in order', [1, 5, 9], []],
  ['the last one at the beginning', [2, 3, 4, 1], [3]],
  ['the first one at the end', [9, 2, 3, 4], [0]],
  ['one of two that changed places', [2, 1], [1]],
  ['none that is missing', [1, null, 3, null], []],
  ['what is around a missing one', [5, null, 3, 4], [0]],
])('finds %s', (_name, places, expected) => {
  expect(findMoved(places).flatMap((isMoved, at) => (isMoved ? [at] : []))).toEqual(expected);
});
