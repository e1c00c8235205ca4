import { expect, test } from 'vitest';
import { explainNoChange } from '../../src/report/no-change.ts';
import { changeOf, endpointHit, sampleCoverage } from './sample-coverage.ts';

const tested = endpointHit('readCoreV1NamespacedConfigMap');
const ineligible = endpointHit('patchAutoscalingV2NamespacedHorizontalPodAutoscaler', {
  e2e: false,
  conformance: false,
  eligible: false,
  ineligible: { reason: 'optional feature', link: 'https://example.org/1' },
  untestedUntilNow: true,
});
const failed = endpointHit('readCoreV1NamespacedSecret', { hits: 0, answers: { 403: 1 } });
const custom = endpointHit('listExampleComV1Widget', { inBaseline: false, eligible: false, e2e: false });

test('says that no request is recorded', () => {
  const evidence = { sent: 2, recorded: 0, noAnswer: [], beforeAudit: [], missing: [], others: [] };
  expect(explainNoChange(changeOf('stable'), sampleCoverage([], { evidence }), 'tested')).toBe(
    'no request is recorded',
  );
});

test.each([
  ['no reason for a change', changeOf('stable', { after: 7 }), [ineligible], null],
  ['nothing sent', changeOf('stable'), null, 'no request was sent'],
  ['only failures', changeOf('stable'), [failed], 'nothing succeeded'],
  ['tested, one', changeOf('stable'), [tested], 'the only stable endpoint hit is already tested'],
  ['tested, two', changeOf('eligible'), [tested, { ...tested }], 'all 2 eligible endpoints hit are already tested'],
  ['another level', changeOf('beta'), [tested], 'no beta endpoint was hit'],
  ['outside of the baseline', changeOf('stable'), [custom], 'no stable endpoint was hit'],
  [
    'not eligible, with the reason of the list and its link',
    changeOf('eligible'),
    [ineligible],
    '1 newly hit endpoint is not eligible: optional feature (https://example.org/1)',
  ],
  [
    'not eligible by level, beside a tested one',
    changeOf('eligible'),
    [tested, { ...ineligible, level: 'beta', ineligible: null }],
    'the only eligible endpoint hit is already tested; 1 newly hit endpoint is not eligible: not stable (level beta)',
  ],
] as const)('the reason of a 0: %s', (_case, change, endpoints, reason) => {
  const coverage =
    endpoints === null
      ? sampleCoverage([], {
          evidence: { sent: 0, recorded: 0, noAnswer: [], beforeAudit: [], missing: [], others: [] },
        })
      : sampleCoverage([...endpoints]);
  expect(explainNoChange(change, coverage, 'tested')).toBe(reason);
});

const e2eOnly = endpointHit('listAppsV1NamespacedDaemonSet', { conformance: false, newToConformance: true });
const grown = { before: 5, after: 6, difference: 1, from: { passed: 1 } };

test.each([
  ['no reason for a change', changeOf('eligible', { conformance: grown }), [e2eOnly], null],
  ['already tested', changeOf('eligible'), [tested], 'the only eligible endpoint hit is already conformance tested'],
  [
    'a level includes endpoints that are not eligible',
    changeOf('stable'),
    [tested, { ...tested }, ineligible],
    'all 2 stable endpoints hit are already conformance tested; 1 newly hit endpoint is not eligible: optional feature (https://example.org/1)',
  ],
] as const)('the reason of a 0 of conformance tests: %s', (_case, change, endpoints, reason) => {
  expect(explainNoChange(change, sampleCoverage([...endpoints]), 'conformance tested')).toBe(reason);
});

test('mentions passed tests if only they count', () => {
  expect(explainNoChange(changeOf('stable'), sampleCoverage([], { passedOnly: true }), 'tested')).toBe(
    'nothing succeeded in a test that passed',
  );
});
