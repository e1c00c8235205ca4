import { describe, expect, test } from 'vitest';
import { readCoverage } from '../../src/releases/coverage-document.ts';
import { createDataSet, type CoveredEndpoint, type DataSet } from '../../src/questions/data-set.ts';
import type { IgnoredLoss } from '../../src/questions/ignored-losses.ts';
import { findRegressions, type RegressionRules } from '../../src/questions/regressions.ts';
import { testData } from '../support/test-data.ts';

/** Endpoints by name: their tests, `null` is one without a name; a name with `v1beta1` is beta. */
type Hits = Readonly<Record<string, readonly (string | null)[]>>;

function dataSet(release: string, hits: Hits, changes: Partial<DataSet> = {}): DataSet {
  const endpoints = Object.entries(hits).map(([endpoint, hit]): [string, CoveredEndpoint] => {
    const tests = hit.filter((name) => name !== null);
    const confTested = tests.some((name) => name.includes('[Conformance]'));
    const level = endpoint.includes('v1beta1') ? 'beta' : 'stable';
    const namelessHit = tests.length < hit.length;
    return [endpoint, { level, category: 'core', tested: hit.length > 0, confTested, tests, namelessHit }];
  });
  return {
    ...{
      name: release,
      release: `${release}.0`,
      origin: `a run of ${release}`,
      incomplete: null,
      countsFailures: false,
    },
    ...{ hasDocument: true, digest: null, endpoints: new Map(endpoints), unknown: new Set(), ...changes },
  };
}

const rules: RegressionRules = { conformance: false, ignored: [], today: '2026-11-30' };

/** The answer, which must be one. */
function find(before: Hits, after: Hits, changes: Partial<RegressionRules> = {}) {
  const answer = findRegressions(dataSet('1.36', before), dataSet('1.37', after), { ...rules, ...changes });
  if (answer.verdict === 'cannot tell') throw new Error(answer.doubts.join(' '));
  return answer;
}

function findDoubts(before: DataSet, after: DataSet, changes: Partial<RegressionRules> = {}): readonly string[] {
  const answer = findRegressions(before, after, { ...rules, ...changes });
  if (answer.verdict !== 'cannot tell') throw new Error(`${answer.verdict}, without a doubt`);
  expect(answer.exitCode).toBe(3);
  return answer.doubts;
}

const pods = '[sig-node] Pods should be created [Conformance]';
const others = '[sig-apps] others';

test('one test that goes takes a dozen endpoints with it', () => {
  const lifecycle = '[sig-apps] Lifecycle -- all verbs [Conformance]';
  const names = Array.from({ length: 12 }, (_, index) => `endpoint${10 + index}`);
  const before = Object.fromEntries([...names.map((name) => [name, [lifecycle]]), ['pods', [lifecycle, pods]]]);
  const after = Object.fromEntries([...names.map((name) => [name, []]), ['pods', [pods]]]);
  const answer = find(before, after);
  expect(answer).toMatchObject({ verdict: 'lost', exitCode: 1 });
  expect(answer.lost.map(({ endpoint }) => endpoint)).toEqual(names);
  expect(answer.lost[0]?.by).toEqual([{ test: lifecycle, conformance: true, state: 'gone', ignored: false }]);
  expect(answer.goneTests).toEqual([{ test: lifecycle, conformance: true, endpoints: 13, lost: names }]);
  expect(answer.singleTest).toMatchObject([{ endpoint: 'pods', test: pods }]);
});

test('a test that still runs may no longer hit the endpoint', () => {
  const { lost, goneTests } = find({ a: [pods], b: [pods] }, { a: [pods], b: [] });
  expect(lost).toMatchObject([{ endpoint: 'b', what: 'tested', by: [{ test: pods, state: 'runs' }] }]);
  expect(goneTests).toEqual([]);
});

test('an endpoint that was removed, or has only other tests, is not lost', () => {
  const answer = find({ a: [pods], 'v1beta1-x': [pods], c: [others] }, { a: [pods], c: [pods] });
  expect(answer).toMatchObject({ verdict: 'nothing lost', exitCode: 0, lost: [] });
  expect(answer.removedEndpoints).toMatchObject([{ endpoint: 'v1beta1-x', tested: true }]);
});

test('a lost conformance test fails only on request', () => {
  const [before, after] = [
    { a: [pods, others], b: [pods] },
    { a: [others], b: [pods] },
  ] as const;
  const answer = find(before, after);
  expect(answer).toMatchObject({ verdict: 'nothing lost', lost: [], conformanceLost: [{ endpoint: 'a' }] });
  expect(find(before, after, { conformance: true })).toMatchObject({ verdict: 'lost', exitCode: 1 });
});

test('counting differently may explain losses, or hide them', () => {
  const [before, after] = [
    { a: [pods], b: [pods] },
    { a: [pods], b: [] },
  ];
  const compare = (countsBefore: boolean, countsAfter: boolean, hits: Hits) => {
    const published = dataSet('1.36', before, { countsFailures: countsBefore });
    return findRegressions(published, dataSet('1.37', hits, { countsFailures: countsAfter }), rules);
  };
  expect(compare(true, false, after)).toMatchObject({ exitCode: 1, counting: 'may explain losses' });
  expect(compare(true, false, before)).toMatchObject({ exitCode: 0, counting: null });
  expect(compare(true, true, after)).toMatchObject({ exitCode: 1, counting: null });
  expect(compare(false, true, before)).toMatchObject({ exitCode: 0, counting: 'may hide losses' });
});

describe('renamed tests', () => {
  test('tags that moved, with the same endpoints: sure', () => {
    const [from, to] = [
      '[sig-node] Pods run [NodeConformance] [Conformance]',
      '[sig-node] Pods run [Conformance] [Slow]',
    ];
    const { renamedTests, goneTests } = find({ a: [from], b: [from] }, { a: [to], b: [to] });
    const because = 'Only its tags differ, and it hits the same 2 endpoints.';
    expect(renamedTests).toEqual([{ from, to, sure: 'sure', because }]);
    expect(goneTests).toEqual([]);
  });

  test('a renamed test that lost an endpoint', () => {
    const [from, to] = ['[sig-node] Pods run [Conformance]', '[sig-node] Pods run'];
    const { lost, renamedTests } = find({ a: [from], b: [from], c: [from] }, { a: [to], b: [to], c: [] });
    expect(renamedTests).toMatchObject([
      { sure: 'likely', because: 'Only its tags differ, and it hits 2 of its 3 endpoints.' },
    ]);
    expect(lost).toMatchObject([{ endpoint: 'c', by: [{ test: from, state: 'renamed' }] }]);
  });

  test('most words are the same, and all endpoints', () => {
    const [from, to] = ['[sig-node] Pods should run a pod -- twice', '[sig-node] Pods should run a container -- twice'];
    expect(find({ a: [from] }, { a: [to] }).renamedTests).toEqual([
      { from, to, sure: 'likely', because: '7 of 8 words are the same, and it hits the same 1 endpoint.' },
    ]);
    expect(find({ a: [from], b: [others] }, { a: [to], b: [to, others] }).renamedTests).toEqual([]);
    expect(find({ a: [from] }, { a: ['[sig-node] Something else'] }).renamedTests).toEqual([]);
  });

  test.each([
    ['two new tests', ['pod a b c d'], ['pod a b c e', 'pod a b c f']],
    ['two gone tests', ['pod a b c e', 'pod a b c f'], ['pod a b c d']],
    ['a test of another driver', ['[Driver: x] pod', '[Driver: y] pod'], ['[Driver: y] pod', '[Driver: z] pod']],
  ])('%s with similar names: no claim', (_what, before, after) => {
    const { renamedTests, goneTests } = find({ a: before }, { a: after });
    expect(renamedTests).toEqual([]);
    expect(goneTests.length).toBeGreaterThan(0);
  });

  test('too many names to compare are not compared', () => {
    const names = (word: string): string[] => Array.from({ length: 400 }, (_, index) => `${word} ${index} is tested`);
    const answer = find({ a: names('old') }, { a: names('new') });
    expect(answer).toMatchObject({ renamedTests: [], notCompared: 160_000 });
    expect(answer.goneTests).toHaveLength(400);
  });
});

describe('ignored losses', () => {
  const entry = (about: Partial<IgnoredLoss>, line = 1): IgnoredLoss => {
    return { endpoint: null, test: null, reason: 'kubernetes#1', until: '2026-12-31', line, ...about };
  };
  const [before, after] = [
    { a: [pods, others], b: [others], c: ['kept'] },
    { a: [], b: [], c: ['kept'] },
  ] as const;

  test('an endpoint, and a test, on their last day', () => {
    const ignored = [entry({ endpoint: 'a', until: '2026-11-30' }), entry({ test: others })];
    const answer = find(before, after, { ignored });
    expect(answer).toMatchObject({ verdict: 'nothing lost', exitCode: 0, lost: [], expired: [], unmatched: [] });
    expect(answer.excused).toMatchObject([
      { endpoint: 'a', reasons: ['kubernetes#1 (until 2026-11-30)'] },
      { endpoint: 'b', reasons: ['kubernetes#1 (until 2026-12-31)'] },
    ]);
  });

  test('a test excuses no endpoint that another test hit, with a name or without', () => {
    const ignored = [entry({ test: others })];
    const { lost } = find(before, after, { ignored });
    expect(lost).toMatchObject([
      {
        endpoint: 'a',
        by: [
          { test: pods, ignored: false },
          { test: others, ignored: true },
        ],
      },
    ]);
    expect(find({ a: [others, null], c: [pods] }, { a: [], c: [pods] }, { ignored }).lost).toMatchObject([
      { endpoint: 'a' },
    ]);
  });

  test('expired entries do not count; entries that match nothing are listed', () => {
    const expired = entry({ endpoint: 'a', until: '2026-11-29' });
    const unmatched = entry({ test: 'kept' }, 5);
    const answer = find(before, after, { ignored: [expired, unmatched] });
    expect(answer).toMatchObject({ exitCode: 1, lost: [{ endpoint: 'a' }, { endpoint: 'b' }], excused: [] });
    expect([answer.expired, answer.unmatched]).toEqual([[expired], [unmatched]]);
  });

  test('a stable endpoint that a file lacks', () => {
    const file = dataSet('1.37', { a: [pods] }, { hasDocument: false });
    const answer = findRegressions(dataSet('1.36', { a: [pods], b: [pods] }), file, {
      ...rules,
      ignored: [entry({ endpoint: 'b' })],
    });
    expect(answer).toMatchObject({ verdict: 'nothing lost', unmatched: [] });
  });
});

describe('cannot tell', () => {
  const sound = dataSet('1.37', { a: [pods] });

  test.each([
    ['older', dataSet('1.36', { a: [pods] }, { incomplete: 'a run was cut.' }), sound],
    ['newer', sound, dataSet('1.38', { a: [pods] }, { incomplete: 'a run was cut.' })],
  ])('the %s one is incomplete', (_which, before, after) => {
    expect(findDoubts(before, after)).toEqual([
      expect.stringMatching(/^1\.3[68] is incomplete: a run was cut\. Use the coverage of a whole run; /),
    ]);
  });

  test('the releases are swapped', () => {
    expect(findDoubts(sound, dataSet('1.36', { a: [pods] }))).toEqual([
      '1.36 is of 1.36.0, older than 1.37.0 of 1.37, so what was lost looks gained. Name the older one first.',
    ]);
  });

  test('both are the same data, by name or by content', () => {
    const [doubt] = findDoubts(sound, sound);
    expect(doubt).toBe('1.37 and 1.37 are the same data, which lose nothing. Name two data sets.');
    const file = (origin: string, digest: string): DataSet => ({ ...sound, name: origin, origin, digest });
    expect(findDoubts(file('a.json', 'x'), file('b.json', 'x'))).toHaveLength(1);
    expect(findRegressions(file('a.json', 'x'), file('a.json', 'y'), rules)).toMatchObject({ exitCode: 0 });
  });

  test('nothing is tested in one of them', () => {
    const empty = dataSet('1.37', { a: [] });
    expect(findDoubts(dataSet('1.36', { a: [] }), sound)[0]).toContain('1.36 has no tested endpoint');
    expect(findDoubts(dataSet('1.36', { a: [pods] }), empty)[0]).toContain('1.37 has no tested endpoint');
    const e2eOnly = dataSet('1.36', { a: [others] });
    expect(findRegressions(e2eOnly, sound, rules)).toMatchObject({ exitCode: 0 });
    expect(findDoubts(e2eOnly, sound, { conformance: true })[0]).toContain('no conformance tested endpoint');
  });

  test('a file lacks stable endpoints', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'v1beta1-h'];
    const before = dataSet('1.36', Object.fromEntries([...names.map((name) => [name, [pods]]), ['untested', []]]));
    expect(findDoubts(before, { ...sound, name: 'cut.json', hasDocument: false })).toEqual([
      'cut.json lacks 6 stable endpoints that 1.36 tests: b, c, d, e, f and 1 more. Kubernetes does not remove stable endpoints, so the file may be cut. Use a whole file; if they were removed or deprecated, list them in --ignore FILE.',
    ]);
    expect(findRegressions(before, sound, rules)).toMatchObject({ verdict: 'nothing lost' });
  });
});

test.each(testData)('published files ($name): 1.36.0 tests what 1.35.0 tests', ({ name, readJson }) => {
  const read = (release: string): DataSet =>
    createDataSet(release, readCoverage(readJson(`coverage/${release}.json`), release));
  const answer = findRegressions(read('1.35.0'), read('1.36.0'), { ...rules, conformance: true });
  if (answer.verdict === 'cannot tell') throw new Error(answer.doubts.join(' '));
  expect(answer).toMatchObject({ exitCode: 0, lost: [], conformanceLost: [] });
  const counts = [answer.goneTests.length, answer.renamedTests.length];
  expect(counts).toEqual({ slices: [3, 3], 'whole files': [83, 52] }[name]);
});
