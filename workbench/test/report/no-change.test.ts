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

test('nothing recorded says so, for then nobody knows what succeeded', () => {
  const evidence = { sent: 2, recorded: 0, noAnswer: [], missing: [] };
  expect(explainNoChange(changeOf('stable'), sampleCoverage([], { evidence }))).toBe('no request is recorded');
});

test.each([
  ['a change needs no reason', changeOf('stable', { after: 7 }), [ineligible], null],
  ['nothing sent', changeOf('stable'), null, 'no request was sent'],
  ['only failures', changeOf('stable'), [failed], 'nothing succeeded'],
  ['covered, one', changeOf('stable'), [tested], 'the one stable endpoint hit is covered already'],
  ['covered, two', changeOf('eligible'), [tested, { ...tested }], 'all 2 eligible endpoints hit are covered already'],
  ['another level', changeOf('beta'), [tested], 'no beta endpoint was hit'],
  ['outside of the baseline', changeOf('stable'), [custom], 'no stable endpoint was hit'],
  [
    'not eligible, with the reason of the list and its link',
    changeOf('eligible'),
    [ineligible],
    '1 newly hit endpoint is not eligible: optional feature (https://example.org/1)',
  ],
  [
    'not eligible by level, beside a covered one',
    changeOf('eligible'),
    [tested, { ...ineligible, level: 'beta', ineligible: null }],
    'the one eligible endpoint hit is covered already; 1 newly hit endpoint is not eligible: only stable ones are (level beta)',
  ],
] as const)('the reason of a 0: %s', (_case, change, endpoints, reason) => {
  const coverage =
    endpoints === null
      ? sampleCoverage([], { evidence: { sent: 0, recorded: 0, noAnswer: [], missing: [] } })
      : sampleCoverage([...endpoints]);
  expect(explainNoChange(change, coverage)).toBe(reason);
});
