import { expect, test } from 'vitest';
import { findNearest, matchValue } from '../../src/command-line/nearest.ts';

const commands = ['up', 'down', 'status', 'test', 'report', 'untested', 'endpoint', 'hits', 'coverage', 'load', 'kind'];
const endpoints = ['listCoreV1NamespacedPod', 'listCoreV1Node', 'logFileHandler', 'listStorageV1VolumeAttributesClass'];

test.each([
  ['tset', commands, 'test'],
  ['covrage', commands, 'coverage'],
  ['stat', commands, 'status'],
  ['runs', commands, undefined],
  ['foo', commands, undefined],
  ['x', commands, undefined],
  ['VolumeAttributesClass', endpoints, 'listStorageV1VolumeAttributesClass'],
  ['listPod', endpoints, 'listCoreV1NamespacedPod'],
  ['listCoreV1Nodes', endpoints, 'listCoreV1Node'],
  ['/api/v1/pods', endpoints, undefined],
  ['foo', endpoints, undefined],
])('finds the name nearest to %s', (wanted, names, nearest) => {
  expect(findNearest(wanted, names, 1)[0]).toBe(nearest);
});

test('an unknown value without a similar one lists a few values, or how many there are', () => {
  expect(() => matchValue('level', 'zzz', ['stable', 'beta'], 'An endpoint')).toThrow(
    expect.objectContaining({ advice: ['It has: stable, beta.'] }),
  );
  const many = Array.from({ length: 60 }, (_, index) => `Kind${index}`);
  expect(() => matchValue('kind', 'zzz', many, '1.36.0')).toThrow(
    expect.objectContaining({ advice: ['It has 60; none is similar.'] }),
  );
  expect(() => matchValue('kind', 'Kind60', many, '1.36.0')).toThrow(
    expect.objectContaining({ advice: [expect.stringContaining("Did you mean 'Kind")] }),
  );
});
