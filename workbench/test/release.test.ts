import { expect, test } from 'vitest';
import { canOpenData, requiredEtcd } from '../src/control-plane/programs/etcd-version.ts';
import { canUpgrade, parseRelease } from '../src/release.ts';

test.each([
  ['1.36.3', '1.36.3'],
  ['v1.36.3', '1.36.3'],
  ['1.36', '1.36.0'],
  [' 1.37.0-beta.0 ', '1.37.0-beta.0'],
])('%s is %s', (text, release) => {
  expect(parseRelease(text)).toBe(release);
});

test.each(['latest', '1', '', '1.36.x', '1.36.3; rm -rf /', '../1.36.3'])('refuses the release %j', (text) => {
  expect(() => parseRelease(text)).toThrow(expect.objectContaining({ code: 'unknown_release', exitCode: 2 }));
});

test.each([
  ['1.36.3', '1.36.5', true],
  ['1.36.3', '1.36.0', true],
  ['1.36.3', '1.37.0', true],
  ['1.36.3', '1.38.0', false],
  ['1.36.3', '1.35.9', false],
])('a cluster of %s can continue with %s: %s', (made, wanted, answer) => {
  expect(canUpgrade(made, wanted)).toBe(answer);
});

test('chooses etcd by the release and by the version that wrote the data', () => {
  expect(requiredEtcd('1.36.3')).toMatchObject({ least: '3.5.24', published: '3.6.8' });
  expect(requiredEtcd('1.30.0')).toMatchObject({ least: '3.5.13', published: '3.5.24' });
  expect(canOpenData('3.6.0', '3.6.8')).toBe(true);
  expect(canOpenData('3.5.24', '3.6.0')).toBe(false);
});
