import { expect, test } from 'vitest';
import { hasDryRun } from '../../src/events/audit-event.ts';
import { createTestRandom, pick } from '../support/random.ts';

test('dryRun is found as a parser of queries finds it', () => {
  const random = createTestRandom();
  const parts = [
    'dryRun',
    'dryrun',
    '%64ryRun',
    'dry%52u%6E',
    'd',
    '%',
    '%2',
    '%26',
    '=',
    '&',
    '&',
    '?',
    '=All',
    'x',
    '+',
  ];
  for (let round = 0; round < 20_000; round += 1) {
    const query = Array.from({ length: random() * 6 }, () => pick(random, parts)).join('');
    expect(hasDryRun(`/api?${query}`), query).toBe(new URLSearchParams(`?${query}`).has('dryRun'));
  }
});

test('dryRun in the path, or no query at all', () => {
  expect([null, '', '/dryRun', '/a&dryRun=All'].map(hasDryRun)).toEqual([false, false, false, false]);
});

test('dryRun at the end of a query of millions of keys', () => {
  const long = `/api?${'&a'.repeat(5_000_000)}%`;
  expect([long, `${long}&dryRun=All`].map(hasDryRun)).toEqual([false, true]);
});
