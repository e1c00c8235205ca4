import type { RequestNote } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { explainConnect } from '../../src/report/connect-warnings.ts';
import { endpointHit, sampleCoverage } from './sample-coverage.ts';

const exec = 'connectCoreV1GetNamespacedPodExec';

function refused(endpoint: string, code: number | null): RequestNote {
  return { test: 1, step: null, method: 'GET', path: '/api/v1/…', code, endpoint, reason: 'no success' };
}

test.each([
  ['exec that is off', refused(exec, 403), 'The exec endpoints cannot be hit here: exec is off.'],
  ['exec in a Pod without a node', refused(exec, 400), 'Without nodes, connect endpoints'],
  ['attach', refused('connectCoreV1PostNamespacedPodAttach', 400), 'Without nodes, connect endpoints'],
  ['port-forward', refused('connectCoreV1GetNamespacedPodPortforward', 400), 'Without nodes, connect endpoints'],
  ['a proxy', refused('connectCoreV1GetNamespacedServiceProxyWithPath', 503), 'Proxy endpoints cannot be hit here'],
])('explains why %s cannot be hit', (_what, note, words) => {
  const failed = endpointHit(note.endpoint ?? '', { hits: 0 });
  const warnings = explainConnect(sampleCoverage([failed], { unsuccessful: [note, note] }));
  expect(warnings).toEqual([expect.stringContaining(words)]);
});

test.each([
  ['of a Pod that was not found', sampleCoverage([], { unsuccessful: [refused(exec, 404)] })],
  ['of another endpoint', sampleCoverage([], { unsuccessful: [refused('createCoreV1NamespacedPod', 403)] })],
  ['of an endpoint that was hit too', sampleCoverage([endpointHit(exec)], { unsuccessful: [refused(exec, 403)] })],
])('explains no refusal %s', (_what, coverage) => {
  expect(explainConnect(coverage)).toEqual([]);
});

test('explains no refusal by another cluster', () => {
  const coverage = sampleCoverage([], { unsuccessful: [refused(exec, 403)] });
  expect(explainConnect({ ...coverage, run: { ...coverage.run, sources: ['kind-snoop'] } })).toEqual([]);
});
