import { expect, test } from 'vitest';
import { parseThresholds } from '../../src/command-line/flag-values.ts';
import { chooseRequirements } from '../../src/command-line/requirements.ts';
import { checkCoverage, listUnrequested } from '../../src/report/checks.ts';
import { endpointHit } from './sample-coverage.ts';

const endpoints = [
  endpointHit('listCoreV1Pod'),
  endpointHit('createStable', { e2e: false, conformance: false, untestedUntilNow: true, newToConformance: true }),
  endpointHit('createAlpha', { level: 'alpha', e2e: false, untestedUntilNow: true }),
  endpointHit('promoted', { newToConformance: true }),
  endpointHit('onlyFailed', { untestedUntilNow: true, hitsFrom: { 'failed test': 1 } }),
  endpointHit('missed', { hits: 0, hitsFrom: {}, answers: { 404: 2, 403: 1 } }),
];
const known = [...endpoints.map(({ endpoint }) => endpoint), 'readCoreV1NamespacedPod', 'listCoreV1Node'];

test.each([
  ['conformance:2', null],
  ['conformance:3', 'newly hit by passed tests: 2, required: 3'],
  ['stable:1', null],
  ['stable:2', 'newly hit by passed tests: 1, required: 2'],
  ['any:3', null],
  ['any:4', 'newly hit by passed tests: 3, required: 4'],
])('--fail-under %s', (value, failure) => {
  const failUnder = parseThresholds(value, '--fail-under');
  expect(checkCoverage({ endpoints }, { failUnder, expected: [] }, [])).toEqual([
    { check: `--fail-under ${value}`, failure },
  ]);
});

test.each([
  ['listCoreV1Pod', null],
  ['missed', 'requested without a hit, answered 403, 404 ×2'],
  ['onlyFailed', 'only tests that did not pass hit it'],
  ['listCoreV1Node', 'no request reached it'],
  ['listCoreV1Nodes', "there is no endpoint 'listCoreV1Nodes'. Did you mean 'listCoreV1Node' or 'listCoreV1Pod'?"],
  ['zzzzzzzzzzzzzzzzzzz', "there is no endpoint 'zzzzzzzzzzzzzzzzzzz'."],
])('--expect %s', (name, failure) => {
  const requirements = chooseRequirements({ expect: [name] });
  expect(checkCoverage({ endpoints }, requirements, known)).toEqual([{ check: `--expect ${name}`, failure }]);
  expect(listUnrequested({ endpoints }, requirements.expected)).toEqual(
    endpoints.some(({ endpoint }) => endpoint === name) ? [] : [name],
  );
});

test('accepts several thresholds and names', () => {
  expect(parseThresholds('conformance:1, stable:20,3', '--fail-under')).toEqual([
    { of: 'conformance', least: 1 },
    { of: 'stable', least: 20 },
    { of: 'any', least: 3 },
  ]);
  expect(chooseRequirements({ expect: ['a, b', 'b,c'] })).toEqual({ failUnder: [], expected: ['a', 'b', 'c'] });
});

test.each(['', 'conformance', 'beta:1', 'any:0', 'any:-1', 'any:1.5', 'any:100000', 'any:1,', 'any: 1'])(
  '--fail-under refuses %j',
  (value) => {
    expect(() => parseThresholds(value, '--fail-under')).toThrow(/--fail-under takes conformance:N, stable:N or any:N/);
  },
);

test.each(['', 'a,,b', ','])('--expect refuses %j', (value) => {
  expect(() => chooseRequirements({ expect: [value] })).toThrow('--expect has an empty name.');
});
