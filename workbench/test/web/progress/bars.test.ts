import type { ProgressAnswer, ProgressEndpoint } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { createBars, formatShare } from '../../../web/src/progress/bars.ts';
import { createPartFinder, debtParts, growthParts } from '../../../web/src/progress/parts.ts';

const line = {
  newEndpoints: 0,
  newTests: 0,
  newTested: 0,
  testedByOld: 0,
  oldTested: 0,
  stillUntested: 0,
  debt: 0,
  unknown: 0,
};
const releases: ProgressAnswer['releases'] = ['1.8.0', '1.9.0', '1.10.0'].map((release) => ({
  ...line,
  ...{ release, total: 0, totalTested: 0, loaded: false },
}));
const endpoints: ProgressEndpoint[] = [
  { endpoint: 'a', stableSince: '1.9.0', testedSince: '1.9.0', test: null, file: null },
  { endpoint: 'b', stableSince: '1.9.0', testedSince: '1.10.0', test: null, file: null },
  { endpoint: 'c', stableSince: '1.10.0', testedSince: null, test: null, file: null },
  { endpoint: 'd', stableSince: '1.10.0', testedSince: null, test: null, file: null },
];
const find = createPartFinder(endpoints);

test('draws the newest release first, in shares of the longest bar', () => {
  expect(createBars(releases, growthParts, find, false)).toEqual([
    {
      ...{ release: '1.10.0', total: 4, label: '4' },
      segments: [
        { part: 'old-tested', count: 1, start: 0, length: 0.25 },
        { part: 'old-newly-tested', count: 1, start: 0.25, length: 0.25 },
        { part: 'new-untested', count: 2, start: 0.5, length: 0.5 },
      ],
    },
    {
      ...{ release: '1.9.0', total: 2, label: '2' },
      segments: [
        { part: 'new-tested', count: 1, start: 0, length: 0.25 },
        { part: 'new-untested', count: 1, start: 0.25, length: 0.25 },
      ],
    },
    { release: '1.8.0', total: 0, label: '0', segments: [] },
  ]);
});

test('percentages are shares of the stable endpoints of the release', () => {
  const [newest, before, oldest] = createBars(releases, debtParts, find, true);
  expect(newest).toMatchObject({ label: '50%', segments: [{ part: 'debt-open', count: 2, start: 0, length: 0.5 }] });
  expect(before).toMatchObject({ label: '50%', segments: [{ part: 'debt-paid', count: 1, length: 0.5 }] });
  expect(oldest).toMatchObject({ label: '0', segments: [] });
});

test('without endpoints there is nothing to draw', () => {
  expect(createBars([], growthParts, find, true)).toEqual([]);
  for (const isPercentage of [true, false]) {
    const bars = createBars(releases, growthParts, createPartFinder([]), isPercentage);
    expect(bars.map(({ label, segments }) => [label, segments])).toEqual([
      ['0', []],
      ['0', []],
      ['0', []],
    ]);
  }
});

test.each([
  [1, 3, '33.3%'],
  [1, 2, '50%'],
  [0, 5, '0%'],
  [0, 0, null],
])('%i of %i is %j', (count, total, share) => {
  expect(formatShare(count, total)).toBe(share);
});
