import { describe, expect, test } from 'vitest';
import { readShippedSnapshot, unpackSnapshot } from '../src/releases/shipped-snapshot.ts';
import { readOperations } from '../src/index.ts';
import { readCoverage } from '../src/releases/coverage-document.ts';
import { combineWithCoverage, findContradiction } from '../src/releases/published-coverage.ts';
import { hasSharedData, readSharedJson } from './support/shared-data.ts';
import { makeCoverage } from './support/small-coverage.ts';
import { smallDocument } from './support/small-document.ts';

const { operations } = readOperations(smallDocument);
const about = { release: '1.36.0', origin: 'here', spec: 'small.json', pending: [], ineligible: [] };
const publish = (fields: Record<string, unknown> = {}) => readCoverage(makeCoverage(fields), '1.36.0.json');

test('tests are named once, without nulls, and levels are those published', () => {
  const snapshot = combineWithCoverage(operations, publish(), about);
  expect(snapshot).toMatchObject({
    releaseDate: null,
    tests: ['a', 'b [Conformance]'],
    files: ['b.go'],
    conformance: [{ test: 1, testname: 'B', file: 0, promotion: '1.19.0' }],
    sources: ['https://ci/1', 'https://ci/2'],
  });
  expect(snapshot.endpoints.find((one) => one.endpoint === 'listEgg')).toMatchObject({
    level: 'beta',
    tests: [0, 1],
    tested: true,
  });
  expect(snapshot.endpoints.find((one) => one.endpoint === 'createEgg')).toMatchObject({
    level: 'alpha',
    deprecated: true,
    tests: [],
  });
});

test('totals that contradict the list make it incomplete', () => {
  expect(findContradiction(publish(), [])).toBe(null);
  // The list of ineligible endpoints has grown since.
  expect(findContradiction(publish(), [{ endpoint: 'listNamespacedPod' }])).toBe(null);
  expect(findContradiction(publish({ 'total endpoints': undefined }), [])).toBe(null);
  expect(
    findContradiction(publish({ 'tested endpoints': 5, 'tested conformance eligible endpoints': 4 }), []),
  ).toMatchInlineSnapshot(
    `"The published coverage of 1.36.0 contradicts itself: 5 tested endpoints by its totals, 3 by its list; 22 eligible endpoints without a conformance test by its totals, 24 by its list."`,
  );
});

test('coverage of another release is refused', () => {
  const published = publish();
  const fewer = { ...published, endpoints: published.endpoints.slice(1) };
  expect(() => combineWithCoverage(operations, fewer, about)).toThrow(
    'OpenAPI document and coverage are not of one release: 1 only in the OpenAPI document (getCodeVersion). Give those of one.',
  );
});

test.each([
  ['tested by nothing, and conformance tested', { tested: false, conf_tested: true, tests: null }],
  ['not tested, and hit', { tested: false, conf_tested: false, tests: ['a'] }],
  ['not conformance tested, and hit by such a test', { tested: true, conf_tested: false, tests: ['c [Conformance]'] }],
])('an endpoint that is %s is refused', (_what, fields) => {
  const [first, ...others] = makeCoverage().endpoints;
  expect(() => publish({ endpoints: [{ ...first, ...fields }, ...others] })).toThrow(/1\.36\.0\.json, endpoint 1: /);
});

describe.skipIf(!hasSharedData)('the published files', () => {
  type Ineligible = { endpoint: string; reason: string; link: string }[];
  const ineligible = hasSharedData ? (readSharedJson('coverage/ineligible_endpoints.json') as Ineligible) : [];
  const readPublished = (release: string) =>
    readCoverage(readSharedJson(`coverage/${release}.0.json.gz`), `${release}.0.json.gz`);

  test.each([
    ['1.20', true],
    ['1.30', true],
    ['1.32', false],
    ['1.33', false],
    ['1.34', false],
    ['1.35', true],
    ['1.36', true],
    ['1.37', true],
  ])('of %s are sound: %s', (release, sound) => {
    expect(findContradiction(readPublished(release), ineligible) === null).toBe(sound);
  });

  test.each(['1.33', '1.34', '1.35', '1.36'])('of %s are what ships', async (release) => {
    const shipped = unpackSnapshot((await readShippedSnapshot(`${release}.0`)).bytes);
    const { operations: served } = readOperations(readSharedJson(`openapi/swagger-${release}.json.gz`));
    expect(combineWithCoverage(served, readPublished(release), { ...shipped, ineligible })).toEqual(shipped);
  });

  test('methods that are inferred are those of the documents', () => {
    for (const release of ['1.30', '1.33', '1.34', '1.35', '1.36']) {
      const { operations: served } = readOperations(readSharedJson(`openapi/swagger-${release}.json.gz`));
      const methods = new Map(served.map((one) => [one.endpoint, one.method]));
      const published = readPublished(release);
      expect(published.withoutMethod).toBe(0);
      for (const one of published.operations)
        expect([one.endpoint, one.method]).toEqual([one.endpoint, methods.get(one.endpoint)]);
    }
  });
});
