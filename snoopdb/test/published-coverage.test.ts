import { describe, expect, test } from 'vitest';
import { readShippedSnapshot, unpackSnapshot } from '../src/baseline-snapshot.ts';
import { readOperations } from '../src/index.ts';
import { combineWithCoverage, findContradiction, type PublishedCoverage } from '../src/published-coverage.ts';
import { hasSharedData, readSharedJson } from './support/shared-data.ts';
import { smallDocument } from './support/small-document.ts';

type Ineligible = Parameters<typeof findContradiction>[1];

const { operations } = readOperations(smallDocument);
const tested = ['listNamespacedPod', 'readNamespacedPod', 'listEgg'];

function publish(fields: Partial<PublishedCoverage> = {}): PublishedCoverage {
  const endpoints = operations
    .filter((operation) => !operation.deprecated)
    .map(({ endpoint, level }) => {
      const isTested = tested.includes(endpoint);
      const tests = isTested ? ['b [Conformance]', null, '', 'a'] : null;
      return { endpoint, level, tested: isTested, conf_tested: isTested, tests };
    });
  const stable = endpoints.filter((endpoint) => endpoint.level === 'stable').length;
  return {
    release: '1.36.0',
    release_date: '',
    endpoints,
    'total endpoints': endpoints.length,
    'tested endpoints': 3,
    'total conformance eligible endpoints': stable,
    'tested conformance eligible endpoints': 2,
    ...fields,
  };
}

const about = { release: '1.36.0', origin: 'here', spec: 'small.json', pending: [] };

test('tests are named once, without nulls, and levels are those published', () => {
  const published = publish();
  const levels = published.endpoints.map((one) =>
    one.endpoint === 'listEgg' ? { ...one, level: 'stable' as const } : one,
  );
  const snapshot = combineWithCoverage(operations, { ...published, endpoints: levels }, [], about);
  expect(snapshot).toMatchObject({ releaseDate: null, tests: ['a', 'b [Conformance]'] });
  expect(snapshot.endpoints.find((one) => one.endpoint === 'listEgg')).toMatchObject({
    level: 'stable',
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
  expect(findContradiction(publish(), [{ endpoint: 'listNamespacedPod', reason: '', link: '' }])).toBe(null);
  expect(
    findContradiction(publish({ 'tested endpoints': 5, 'tested conformance eligible endpoints': 4 }), []),
  ).toMatchInlineSnapshot(
    `"The published coverage of 1.36.0 contradicts itself: 5 tested endpoints by its totals, 3 by its list; 22 eligible endpoints without a conformance test by its totals, 24 by its list."`,
  );
});

test('coverage of another release is refused', () => {
  const published = publish();
  const fewer = { ...published, endpoints: published.endpoints.slice(1) };
  expect(() => combineWithCoverage(operations, fewer, [], about)).toThrow(
    'OpenAPI document and coverage are not of one release: getCodeVersion … Give those of one.',
  );
});

describe.skipIf(!hasSharedData)('the published files', () => {
  const ineligible = hasSharedData ? (readSharedJson('coverage/ineligible_endpoints.json') as Ineligible) : [];
  const readCoverage = (release: string) => readSharedJson(`coverage/${release}.0.json.gz`) as PublishedCoverage;

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
    expect(findContradiction(readCoverage(release), ineligible) === null).toBe(sound);
  });

  test('of 1.36.0 are what ships', async () => {
    const shipped = unpackSnapshot((await readShippedSnapshot('1.36.0')).bytes);
    const { operations: served } = readOperations(readSharedJson('openapi/swagger-1.36.json.gz'));
    expect(combineWithCoverage(served, readCoverage('1.36'), ineligible, shipped)).toEqual(shipped);
  });
});
