import { computeDocumentCoverage, type RunCoverage } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { listDifferences, listOutcomeDifferences } from '../../src/review/compare-run.ts';
import { type Circumstances, explainDifference, isOfOneRelease } from '../../src/review/likely-reason.ts';
import { type MadeRequest, makeRunDocument } from '../support/made-run.ts';

function runOf(requests: readonly MadeRequest[], state: 'passed' | 'failed' = 'passed'): RunCoverage {
  return computeDocumentCoverage(makeRunDocument({ requests, tests: [{ state }] }));
}

const [a, b, c] = ['a', 'b', 'c'].map((endpoint) => ({ endpoint }));
if (!a || !b || !c) throw new Error('Three were made.');

test('the same endpoints with the same codes are the same, however often', () => {
  expect(listDifferences(runOf([a, b]), [runOf([b, a, a]), runOf([a, b])])).toEqual([]);
});

test('lists each endpoint and test that differs, and in how many runs', () => {
  const claimed = runOf([a, b, { ...c, code: 404 }]);
  const differing = runOf([a, { ...a, code: 409 }, { endpoint: 'd' }, { endpoint: 'e', code: 500 }], 'failed');
  expect(listDifferences(claimed, [claimed, differing])).toEqual([
    { kind: 'test', what: 'one', claimed: 'passed', here: 'failed', runs: 1 },
    { kind: 'not hit', what: 'b', claimed: '200', here: '-', runs: 1 },
    { kind: 'also hit', what: 'd', claimed: '-', here: '200', runs: 1 },
    { kind: 'answers', what: 'a', claimed: '200', here: '200, 409', runs: 1 },
    { kind: 'answers', what: 'c', claimed: '404', here: '-', runs: 1 },
    { kind: 'answers', what: 'e', claimed: '-', here: '500', runs: 1 },
  ]);
});

test('a hit of a failed test does not confirm the claim of a passed one', () => {
  const claimed = runOf([a]);
  const here = computeDocumentCoverage(
    makeRunDocument({ requests: [a], tests: [{ state: 'failed' }], run: { state: 'failed' } }),
    { passedOnly: true },
  );
  expect(listOutcomeDifferences(claimed, [claimed])).toEqual([]);
  expect(listOutcomeDifferences(claimed, [here])).toEqual([
    { kind: 'run', what: 'the whole run', claimed: 'passed', here: 'failed', runs: 1 },
    { kind: 'not hit', what: 'a', claimed: '200', here: 'not by a passed test', runs: 1 },
  ]);
});

test('tests of one name are compared in their order', () => {
  const tests = (first: 'passed' | 'failed'): RunCoverage =>
    computeDocumentCoverage(makeRunDocument({ requests: [a], tests: [{ state: first }, { state: 'passed' }] }));
  expect(listDifferences(tests('passed'), [tests('failed')])).toEqual([
    { kind: 'test', what: 'one', claimed: 'passed', here: 'failed', runs: 1 },
  ]);
});

const circumstances: Circumstances = {
  claimedVersion: '1.36.1',
  version: '1.36.3',
  claimed: [
    { endpoint: 'a', kind: 'ConfigMap', path: null },
    { endpoint: 'pod', kind: 'Pod', path: null },
  ],
  served: new Set(['a', 'pod', 'new']),
  claimedServed: new Set(['a', 'pod', 'old']),
  nodes: 1,
  errors: new Map(),
  runs: 1,
};
const lost = { kind: 'not hit', what: 'a', claimed: '200', here: '-', runs: 1 } as const;
const other = { version: '1.34.0' };
const failure = { errors: new Map([['one', 'timed out\n  at']]) };

test.each([
  ['flaky: in 2 of 3 runs', { ...lost, runs: 2 }, { runs: 3 }],
  ['this cluster does not serve it: a kind or a feature is missing here', { ...lost, what: 'gone' }, {}],
  ['another release: 1.36.1 there, 1.34.0 here', lost, other],
  ['the test failed here: timed out', lost, failure],
  ['the test failed here: timed out', { ...lost, kind: 'test', what: 'one' } as const, failure],
  [
    "the test failed here: timed out (no nodes here, so Pods do not run: 'snoop up --nodes 1' or 'snoop up --kind')",
    { ...lost, what: 'pod' },
    { ...failure, nodes: 0 },
  ],
  [
    "no nodes here, so Pods do not run: 'snoop up --nodes 1' or 'snoop up --kind'",
    { ...lost, what: 'pod' },
    { nodes: 0 },
  ],
  ['unknown: the claim may be wrong, or the clusters are configured differently', lost, { nodes: 0 }],
  ['timing, or flaky: --repeat 3 runs it more often', { ...lost, kind: 'answers', here: '200, 404' } as const, {}],
  [
    'in each run: the claim may be wrong',
    { ...lost, kind: 'answers', here: '200, 404', runs: 3 } as const,
    { runs: 3 },
  ],
  [
    'unknown: the claim may be wrong, or the clusters are configured differently',
    { ...lost, kind: 'also hit' } as const,
    failure,
  ],
])('the likely reason: %s', (reason, difference, changes) => {
  expect(explainDifference(difference, { ...circumstances, ...changes })).toBe(reason);
});

test.each([
  ['not hit', 'old', true],
  ['also hit', 'new', true],
  ['not hit', 'a', false],
  ['test', 'old', false],
] as const)('of another release, %s %s is listed apart: %s', (kind, what, isApart) => {
  const difference = { ...lost, kind, what };
  expect(isOfOneRelease(difference, { ...circumstances, ...other })).toBe(isApart);
  expect(isOfOneRelease(difference, circumstances)).toBe(false);
});
