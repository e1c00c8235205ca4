import { expect, test } from 'vitest';
import { compareReleases, normalizeRelease, readRelease, splitRelease } from '../src/release.ts';

test.each([
  ['1.36', '1.36.0'],
  ['v1.36.3', '1.36.3'],
  [' 1.36.0+k3s1 ', '1.36.0'],
  ['1.36+', '1.36.0'],
  ['v1.37.0-beta.0', '1.37.0-beta.0'],
  ['v1.37.0-alpha.1.20+abcdef', '1.37.0-alpha.1.20'],
  ['1.027', '1.27.0'],
])('%j is %s', (text, release) => {
  expect(normalizeRelease(text)).toBe(release);
  expect(readRelease(text)).toBe(release);
});

test.each(['', 'latest', '1', '1.36.x', '1.36.0.1', '1.36.0-', '1.36.0-a..b', '1.36.0 or so', '9999999999.1'])(
  '%j is not a release',
  (text) => {
    expect(readRelease(text)).toBeNull();
    expect(() => normalizeRelease(text)).toThrow(expect.objectContaining({ code: 'bad_release' }));
  },
);

test('orders releases by semver, after texts that are not releases', () => {
  const ordered = [
    'latest',
    'master',
    '1.9.0',
    '1.36.0-alpha',
    '1.36.0-alpha.1',
    '1.36.0-alpha.beta',
    '1.36.0-beta',
    '1.36.0-beta.2',
    '1.36.0-beta.11',
    '1.36.0-rc.1',
    '1.36.0',
    '1.36.10',
    '3.5.9',
    '3.5.24',
    '3.6',
  ];
  expect([...ordered].reverse().sort(compareReleases)).toEqual(ordered);
  expect(compareReleases('1.36', 'v1.36.0+k3s1')).toBe(0);
});

test('finds the minor release of a release', () => {
  expect(splitRelease('1.36.3')).toEqual({ major: 1, minor: 36 });
  expect(() => splitRelease('latest')).toThrow(expect.objectContaining({ code: 'bad_release' }));
});
