import { expect, test } from 'vitest';
import { compareResults, type TestChange } from '../../src/results/compare-results.ts';
import type { TestResult, TestState } from '../../src/results/test-result.ts';

function makeRun(states: Readonly<Record<string, TestState>>): TestResult[] {
  return Object.entries(states).map(([name, state]) => ({
    ...{ name, originalName: name, className: 'suite', state, attempts: 1, seconds: 1 },
    failure: state === 'failed' ? { kind: 'failed', firstLine: `${name} failed`, message: '' } : null,
  }));
}

const before = makeRun({
  ...{ b: 'passed', a: 'flaked', c: 'failed', d: 'failed', e: 'failed', f: 'passed', g: 'skipped', h: 'passed' },
  ...{ i: 'passed', k: 'passed', l: 'skipped', m: 'flaked' },
});
const after = makeRun({
  ...{ b: 'failed', a: 'failed', c: 'passed', d: 'flaked', e: 'failed', f: 'skipped', g: 'failed', i: 'flaked' },
  ...{ k: 'passed', l: 'pending', m: 'passed', n: 'passed' },
});

test('each test that differs is in one list, in the order of the names', () => {
  const lists = Object.entries<readonly TestChange[]>({ ...compareResults(before, after) }).map(([list, changes]) => [
    list,
    changes.map(({ name, before: old, after: current }) => `${name}: ${old} → ${current}`),
  ]);
  expect(Object.fromEntries(lists)).toEqual({
    newlyFailing: ['a: flaked → failed', 'b: passed → failed'],
    newlyPassing: ['c: failed → passed', 'd: failed → flaked'],
    newlyFlaking: ['i: passed → flaked'],
    stillFailing: ['e: failed → failed'],
    notRun: ['f: passed → skipped'],
    newlyRun: ['g: skipped → failed'],
    gone: ['h: passed → null'],
    added: ['n: null → passed'],
  });
});

test('a failure is that of the later run', () => {
  const { newlyFailing, newlyPassing } = compareResults(before, after);
  expect(newlyFailing[0]?.failure?.firstLine).toBe('a failed');
  expect(newlyPassing[0]?.failure).toBeNull();
});

test('tests with one name in two packages are two tests', () => {
  const [one] = makeRun({ TestMain: 'passed' });
  if (one === undefined) throw new Error('no test');
  const { gone, added } = compareResults([one], [{ ...one, className: 'another' }]);
  expect([gone.length, added.length]).toEqual([1, 1]);
});

test('a container without a text is a second blank in older files', () => {
  expect(Object.values(compareResults(makeRun({ 'a  b': 'passed' }), makeRun({ 'a b': 'passed' }))).flat()).toEqual([]);
});

test.each<[TestState, TestState]>([
  ['failed', 'skipped'],
  ['skipped', 'failed'],
  ['passed', 'failed'],
  ['failed', 'passed'],
])('of a test that is %s and %s in the files of one run, the failure counts', (one, other) => {
  const later = [...makeRun({ a: one }), ...makeRun({ a: other })];
  expect(compareResults(makeRun({ a: 'passed' }), later).newlyFailing.map(({ name }) => name)).toEqual(['a']);
  const { newlyPassing } = compareResults(later, makeRun({ a: 'passed' }));
  expect(newlyPassing.map(({ name }) => name)).toEqual(['a']);
});

test('a run is the same as itself', () => {
  const differing = Object.entries<readonly TestChange[]>({ ...compareResults(after, after) }).filter(
    ([, changes]) => changes.length > 0,
  );
  expect(differing.map(([list]) => list)).toEqual(['stillFailing']);
});
