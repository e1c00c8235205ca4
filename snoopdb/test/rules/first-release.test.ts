import { expect, test } from 'vitest';
import { findFirstReleases, type KnownRelease } from '../../src/rules/first-release.ts';

const release = (name: string, ...stable: string[]): KnownRelease => ({
  release: name,
  endpoints: stable.map((endpoint) => ({ endpoint, level: 'stable', deprecated: false })),
});
const history = { newestRelease: '1.36.0', firstReleases: new Map([['old', '1.19.0']]) };

test.each<[string, Parameters<typeof findFirstReleases>, Record<string, string>]>([
  ['the history wins', [history, [release('1.37.0', 'old')]], { old: '1.19.0' }],
  ['the release after the history is known', [history, [release('1.37.0', 'new')]], { old: '1.19.0', new: '1.37.0' }],
  ['a gap hides when it came', [history, [release('1.38.0', 'new')]], { old: '1.19.0' }],
  [
    'the oldest release counts, in any order',
    [null, [release('1.37.0', 'a'), release('1.36.2', 'a'), release('1.35.0')]],
    { a: '1.36.2' },
  ],
  [
    'the oldest given release hides when it came',
    [null, [release('1.36.0', 'a'), release('1.37.0', 'a', 'b')]],
    { b: '1.37.0' },
  ],
  ['other major releases do not count as neighbours', [null, [release('1.36.0'), release('2.37.0', 'a')]], {}],
  [
    'deprecated endpoints and other levels do not count',
    [
      null,
      [
        release('1.35.0'),
        {
          release: '1.36.0',
          endpoints: [
            { endpoint: 'a', level: 'beta', deprecated: false },
            { endpoint: 'b', level: 'stable', deprecated: true },
          ],
        },
        release('1.37.0', 'a', 'b'),
      ],
    ],
    { a: '1.37.0', b: '1.37.0' },
  ],
  ['nothing is known', [null, []], {}],
])('%s', (_, [given, releases], expected) => {
  expect(Object.fromEntries(findFirstReleases(given, releases))).toEqual(expected);
});
