import { describe, expect, test } from 'vitest';
import { type BaselineSnapshot, readShippedSnapshot, unpackSnapshot } from '../../src/releases/shipped-snapshot.ts';
import { readOperations } from '../../src/index.ts';
import { readCoverage } from '../../src/releases/coverage-document.ts';
import { combineWithCoverage, findContradiction } from '../../src/releases/published-coverage.ts';
import { createCoverage } from '../support/small-coverage.ts';
import { smallDocument } from '../support/small-document.ts';
import { testData } from '../support/test-data.ts';

const { operations } = readOperations(smallDocument);
const about = { release: '1.36.0', origin: 'here', spec: 'small.json', pending: [], ineligible: [] };
const publish = (fields: Record<string, unknown> = {}) => readCoverage(createCoverage(fields), '1.36.0.json');

test('names each test once, without nulls, and keeps published levels', () => {
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
    'OpenAPI document and coverage are of different releases: 1 only in the OpenAPI document (getCodeVersion). Give those of one release.',
  );
});

test.each([
  ['tested by nothing, and conformance tested', { tested: false, conf_tested: true, tests: null }],
  ['not tested, and hit', { tested: false, conf_tested: false, tests: ['a'] }],
  ['not conformance tested, and hit by such a test', { tested: true, conf_tested: false, tests: ['c [Conformance]'] }],
])('an endpoint that is %s is refused', (_what, fields) => {
  const [first, ...others] = createCoverage().endpoints;
  expect(() => publish({ endpoints: [{ ...first, ...fields }, ...others] })).toThrow(/1\.36\.0\.json, endpoint 1: /);
});

/** Whether a release's totals are those of its list. */
const isSound = {
  slices: { '1.30': true, '1.34': false, '1.35': true, '1.36': true, '1.37': true },
  'whole files': {
    '1.20': true,
    '1.30': true,
    '1.32': false,
    '1.33': false,
    '1.34': false,
    '1.35': true,
    '1.36': true,
    '1.37': true,
  },
};
const shippedOf = { slices: ['1.34', '1.35', '1.36'], 'whole files': ['1.33', '1.34', '1.35', '1.36'] };

/** The endpoints by name, with what depends on no other endpoint of the file. */
function listEndpoints({ endpoints, tests, files, conformance }: BaselineSnapshot): Map<string, unknown> {
  const promoted = new Map(
    conformance.map(({ test, file, ...one }) => [test, { ...one, file: file === null ? null : files[file] }]),
  );
  return new Map(
    endpoints.map((one) => [
      one.endpoint,
      { ...one, tests: one.tests.map((test) => ({ name: tests[test], ...promoted.get(test) })) },
    ]),
  );
}

describe.each(testData)('the published files ($name)', ({ name, readJson }) => {
  type Ineligible = { endpoint: string; reason: string; link: string }[];
  const ineligible = readJson('coverage/ineligible_endpoints.json') as Ineligible;
  const readPublished = (release: string) => readCoverage(readJson(`coverage/${release}.0.json`), `${release}.0.json`);

  test.each(Object.entries(isSound[name]))('of %s are complete: %s', (release, sound) => {
    expect(findContradiction(readPublished(release), ineligible) === null).toBe(sound);
  });

  test.each(shippedOf[name])('of %s are the shipped ones', async (release) => {
    const shipped = unpackSnapshot((await readShippedSnapshot(`${release}.0`)).bytes);
    const { operations: served } = readOperations(readJson(`openapi/swagger-${release}.json`));
    const combined = combineWithCoverage(served, readPublished(release), {
      ...{ release: shipped.release, origin: shipped.origin, spec: shipped.spec, pending: shipped.pending },
      ineligible,
    });
    if (name === 'whole files') expect(combined).toEqual(shipped);
    const ofSlice = new Set(combined.endpoints.map(({ endpoint }) => endpoint));
    const kept = [...listEndpoints(shipped)].filter(([endpoint]) => ofSlice.has(endpoint));
    expect(listEndpoints(combined)).toEqual(new Map(kept));
    expect(combined).toMatchObject({ releaseDate: shipped.releaseDate, ineligible: shipped.ineligible });
  });

  test('inferred methods agree with the documents', () => {
    for (const release of ['1.30', ...shippedOf[name]]) {
      const { operations: served } = readOperations(readJson(`openapi/swagger-${release}.json`));
      const methods = new Map(served.map((one) => [one.endpoint, one.method]));
      const published = readPublished(release);
      expect(published.withoutMethod).toBe(0);
      for (const one of published.operations)
        expect([one.endpoint, one.method]).toEqual([one.endpoint, methods.get(one.endpoint)]);
    }
  });
});
