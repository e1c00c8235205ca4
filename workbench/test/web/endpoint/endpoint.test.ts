import { expect, test } from 'vitest';
import { historyLetters } from '../../../src/ui/data/model.ts';
import { describeConformance, describeEligibility, describeTested } from '../../../src/report/endpoint-coverage.ts';
import { countTests } from '../../../web/src/endpoint/count-tests.ts';
import { readHistory } from '../../../web/src/endpoint/history.ts';
import { findNear } from '../../../web/src/endpoint/near-names.ts';
import { findSiblings, formatGroupVersion } from '../../../web/src/endpoint/siblings.ts';
import { makeRow } from '../support/table-rows.ts';

test('reads each letter of a history', () => {
  const releases = Object.values(historyLetters).map((_, place) => `1.${40 - place}.0`);
  expect(readHistory(releases, Object.values(historyLetters).join('')).map(({ state }) => state)).toEqual([
    ...['conformance', 'tested', 'untested', 'deprecated', 'unknown', null],
  ]);
  expect(readHistory(['1.36.0', '1.35.0'], 'c')).toEqual([
    { release: '1.36.0', state: 'conformance' },
    { release: '1.35.0', state: null },
  ]);
});

test('siblings have the same kind and group, in any version', () => {
  const own = makeRow('own', { kind: 'Scale', group: 'apps' });
  const rows = [
    own,
    makeRow('other version', { kind: 'Scale', group: 'apps', version: 'v2' }),
    makeRow('other group', { kind: 'Scale', group: 'autoscaling' }),
    makeRow('other kind', { kind: 'Deployment', group: 'apps' }),
  ];
  expect(findSiblings(rows, own).map(({ endpoint }) => endpoint)).toEqual(['other version']);
  expect(
    findSiblings([makeRow('a', { kind: null }), makeRow('b', { kind: null })], makeRow('c', { kind: null })),
  ).toEqual([]);
});

test.each([
  ['', 'v1', 'v1'],
  ['apps', 'v1', 'apps/v1'],
  ['apps', null, 'apps'],
  [null, null, null],
])('group %j and version %j are %j', (group, version, text) => {
  expect(formatGroupVersion({ group, version })).toBe(text);
});

const names = ['listCoreV1Pod', 'listCoreV1NamespacedPod', 'readCoreV1Node', 'createResourceV1DeviceClass'];
test.each([
  ['LISTCOREV1POD', ['listCoreV1Pod']],
  ['listcore', ['listCoreV1Pod', 'listCoreV1NamespacedPod']],
  ['V1Node', ['readCoreV1Node']],
  ['createResourceV1DeviceClasses', ['createResourceV1DeviceClass']],
  ['%00', []],
  ['', []],
  ['x'.repeat(10_000), []],
])('names near %.40s', (name, near) => {
  expect(findNear(names, name)).toEqual(near);
});

const more = { description: null, reference: null, history: '', namelessHit: false };
const details = { tests: [true, false].map((conformance) => ({ ...blank(), conformance })) };
function blank() {
  return { test: 'a', cut: false, title: null, file: null, promotedIn: null };
}

test.each([
  [
    makeRow('a', { confTested: true }),
    [0, 1],
    'yes, by 2 tests, 1 conformance test among them',
    'tested, by 1 conformance test',
  ],
  [makeRow('a'), [1], 'yes, by 1 test, no conformance test among them', 'not tested: only other e2e tests hit it'],
  [makeRow('a', { tested: false }), [], 'no', 'not tested'],
  [makeRow('a', { tested: null, confTested: null }), [], 'unknown: no coverage of 1.36.0 is loaded', null],
  [makeRow('a', { deprecated: true, eligible: false }), [], 'not counted: it is deprecated', null],
])('describes what hits an endpoint %#', (row, tests, tested, conformance) => {
  const counts = countTests({ ...more, tests }, details);
  expect(describeTested(row, counts, '1.36.0')).toBe(tested);
  expect(describeConformance(row, counts)).toBe(conformance);
});

test.each([
  [{}, 'yes'],
  [{ pending: true }, 'yes; its test is pending'],
  [{ eligible: false, reason: 'optional' }, 'no: optional'],
  [{ eligible: null, reason: null }, 'unknown'],
])('describes eligibility %j', (given, text) => {
  expect(describeEligibility(makeRow('a', given))).toBe(text);
});
