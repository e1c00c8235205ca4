import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  askCoverage,
  askEndpoint,
  askProgress,
  askUntested,
  exportLists,
  exportRelease,
  loadBaseline,
  loadCoverage,
  loadHistory,
  loadIneligible,
  loadNeededReleases,
} from '../../src/index.ts';
import { createPublishedInput } from '../support/test-input.ts';
import { loadSmallLiveHits, loadSmallReleases, logTest, podTest } from '../support/small-releases.ts';
import { testDataOfLane } from '../support/test-data.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

describe('export of two small releases', () => {
  beforeEach(async () => {
    await loadSmallReleases(database.pool);
    await loadSmallLiveHits(database.pool);
  });

  test('the file of a release', async () => {
    const { document, finished } = await exportRelease(database.pool, '1.36');
    expect(finished).toBe(true);
    const { endpoints, tests, ...rest } = document;
    expect(rest).toEqual({
      spec: 'made for tests',
      release: '1.36.0',
      sources: ['coverage file', 'https://ci.example/2', 'https://ci.example/3'],
      release_date: '2026-04-22T06:47:56',
      'total endpoints': 9,
      'tested endpoints': 3,
      // Two that the history does not know, and 1.35.0 does not have.
      'new conformance eligible endpoints': 2,
      'total conformance eligible endpoints': 7,
      'tested conformance eligible endpoints': 3,
      'new tested conformance eligible endpoints': 0,
    });
    expect(tests).toEqual(
      [podTest, logTest].map((codename) => ({
        file: 'test/e2e/node/pods.go',
        test: codename,
        release: '1.36.0',
        testname: codename,
        conformance_test: true,
        promotion_release: codename === podTest ? '1.9.0' : '1.36.0',
      })),
    );
    expect(endpoints.map(({ endpoint }) => endpoint)).toEqual([
      'connectCoreV1GetNodeProxy',
      'createCoreV1NamespacedPod',
      'deleteCoreV1NamespacedPod',
      'getCodeVersion',
      'listShopV1Widget',
      'listShopV1beta1Widget',
      'patchCoreV1NamespacedPodResize',
      'readCoreV1NamespacedPod',
      'readCoreV1NamespacedPodLog',
    ]);
    expect(endpoints[1]).toEqual({
      kind: 'Pod',
      path: '/api/v1/namespaces/{namespace}/pods',
      group: '',
      level: 'stable',
      tests: [podTest, logTest],
      action: 'post',
      tested: true,
      release: '1.36.0',
      version: 'v1',
      category: 'core',
      endpoint: 'createCoreV1NamespacedPod',
      conf_tested: true,
      description: 'about createCoreV1NamespacedPod',
    });
    expect(endpoints[2]).toMatchObject({ tests: [], tested: false, conf_tested: false });
  });

  test('the lists about all releases', async () => {
    const lists = await exportLists(database.pool);
    const [progress, coveragePerRelease, endpoints, ineligible] = [
      lists.progress.rows ?? [],
      lists.coveragePerRelease.rows ?? [],
      lists.endpoints.rows ?? [],
      lists.ineligible.rows,
    ];
    expect(progress.at(-1)).toEqual({
      total: { new: 2, tested: 3, endpoints: 7, new_tested: 0, old_tested: 1, new_with_tests: 0, still_untested: 2 },
      release: '1.36.0',
    });
    expect(coveragePerRelease.at(-1)).toEqual({
      tested: 0,
      release: '1.36.0',
      untested: 2,
      'total tested': 3,
      'new endpoints': 2,
      'total untested': 4,
      'total endpoints': 7,
    });
    expect(endpoints.find(({ endpoint }) => endpoint === 'readCoreV1NamespacedPodLog')).toEqual({
      tests: [{ file: 'test/e2e/node/pods.go', release: '1.36.0', codename: logTest, testname: logTest }],
      endpoint: 'readCoreV1NamespacedPodLog',
      tested_release: '1.36.0',
      promotion_release: '1.10.0',
    });
    expect(ineligible).toEqual([
      {
        link: 'https://github.com/kubernetes/kubernetes/issues/95930',
        reason: 'it cannot be tested',
        endpoint: 'connectCoreV1GetNodeProxy',
      },
    ]);
  });

  test('a release without coverage has no file; a release without a date in the calendar is not finished', async () => {
    await expect(exportRelease(database.pool, '1.34')).rejects.toMatchObject({ code: 'no_coverage' });
    await database.pool.query(`insert into public.release_calendar values ('1.36.0', null)`);
    expect((await exportRelease(database.pool, '1.36')).finished).toBe(false);
  });

  test('finds what is new in a release beyond the history from the previous release, or not at all', async () => {
    const countNew = async () =>
      (await exportRelease(database.pool, '1.36')).document['new conformance eligible endpoints'];
    await database.pool.query(`update conformance.history_data set newest_release = '1.34.0'`);
    expect(await countNew()).toBe(2);
    await database.pool.query(`delete from public.release_data where release = '1.35.0'`);
    expect(await countNew()).toBe(null);
  });

  test('marks the file of an incomplete release; a complete one has no such field', async () => {
    expect((await exportRelease(database.pool, '1.35')).document.incomplete).toBe('its totals lie.');
    expect((await exportRelease(database.pool, '1.36')).document).not.toHaveProperty('incomplete');
  });

  test('has null for eligible totals, and no lists, without a list of ineligible endpoints', async () => {
    await database.pool.query(`delete from conformance.list where what = 'ineligible'`);
    expect((await exportRelease(database.pool, '1.36')).document).toMatchObject({
      'total endpoints': 9,
      'tested endpoints': 3,
      'new conformance eligible endpoints': null,
      'total conformance eligible endpoints': null,
      'tested conformance eligible endpoints': null,
      'new tested conformance eligible endpoints': null,
    });
    const none = {
      rows: null,
      missing: expect.stringMatching(/^no list of ineligible endpoints is loaded; 'snoop load/),
    };
    expect(await exportLists(database.pool)).toEqual({
      progress: none,
      coveragePerRelease: none,
      endpoints: none,
      ineligible: none,
    });
  });

  test('has null for new endpoints, and only the list of ineligible endpoints, without history', async () => {
    await database.pool.query(
      'delete from conformance.history_data; delete from conformance.endpoint_history; delete from conformance.listed_ineligible',
    );
    expect((await exportRelease(database.pool, '1.36')).document).toMatchObject({
      'new conformance eligible endpoints': null,
      'total conformance eligible endpoints': 8,
      'tested conformance eligible endpoints': 3,
      'new tested conformance eligible endpoints': null,
    });
    const none = { rows: null, missing: expect.stringMatching(/^no history is loaded; 'snoop load baseline'/) };
    expect(await exportLists(database.pool)).toEqual({
      progress: none,
      coveragePerRelease: none,
      endpoints: none,
      ineligible: { rows: [], missing: null },
    });
  });
});

test('loads the newest shipped baseline into an empty database, once', async () => {
  expect(await loadNeededReleases(database.pool, 'baseline')).toEqual(['1.37.0']);
  expect(await loadNeededReleases(database.pool, 'baseline')).toEqual([]);
  const { release, total } = await askCoverage(database.pool);
  expect(release).toMatchObject({ release: '1.37.0', isBaseline: true, incomplete: null });
  expect(total).toMatchObject({
    endpoints: 971,
    tested: 651,
    confTested: 615,
    eligible: 602,
    eligibleTested: 602,
    unknown: 39,
  });
  const untested = await askUntested(database.pool, { level: 'stable', eligibleOnly: true });
  expect([untested.endpoints, untested.notEligible]).toEqual([[], 72]);
  expect(await askEndpoint(database.pool, 'createCoreV1NamespacedPodEviction')).toMatchObject({
    tested: true,
    confTested: true,
    first: { release: '1.8.0' },
    reference: 'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.37/#create-eviction-pod-v1-core',
  });
  const { releases, notLoaded } = await askProgress(database.pool);
  expect(releases.at(-1)).toMatchObject({ release: '1.37.0', newEndpoints: 39, total: 602, debt: 0, loaded: true });
  expect(notLoaded).toContain('1.36.0');
});

test('reports an incomplete release', async () => {
  await loadBaseline(database.pool, '1.34');
  const { release, total } = await askCoverage(database.pool, '1.34');
  expect(release.incomplete).toMatch(/contradicts itself/);
  expect(total).toMatchObject({ endpoints: 859, tested: 497, confTested: 473, eligible: 549 });
});

const byName = <T extends object>(list: readonly T[], name: (one: T) => string): Map<string, T> =>
  new Map(list.map((one) => [name(one), one]));

const endpointOf = (one: { endpoint: string }): string => one.endpoint;
const testOf = (one: { test: string }): string => one.test;

const pick = <T>(found: Map<string, T>, names: Map<string, unknown>): Map<string, T> =>
  new Map([...found].filter(([name]) => names.has(name)));

interface PublishedFile {
  endpoints: { endpoint: string; tests: (string | null)[] }[];
  tests: { test: string }[];
}
type PublishedHistory = { endpoint: string; tests: ({ codename: string } | null)[] }[];

describe.each(testDataOfLane)('exports what was published ($name)', (data) => {
  const read = <T>(path: string, is: (value: unknown) => value is T): T => {
    const value = data.readJson(path);
    if (!is(value)) throw new Error(`${path} is not what it was`);
    return value;
  };
  const isFile = (value: unknown): value is PublishedFile =>
    typeof value === 'object' && value !== null && 'endpoints' in value && 'tests' in value;
  const isList = (value: unknown): value is { release: string }[] => Array.isArray(value);
  const isHistory = (value: unknown): value is PublishedHistory => Array.isArray(value);

  test.each([
    ['the published file', () => loadCoverage(database.pool, createPublishedInput(data, 'coverage/1.36.0.json'))],
    ['what ships', () => loadBaseline(database.pool, '1.36')],
  ])('1.36.0 from %s: the same endpoints, flags, tests and totals', async (what, load) => {
    await loadHistory(database.pool);
    await load();
    // With the published file come no lists.
    await loadIneligible(database.pool, createPublishedInput(data, 'coverage/ineligible_endpoints.json'), {
      release: '1.36',
    });
    const { document } = await exportRelease(database.pool, '1.36');
    const published = read('coverage/1.36.0.json', isFile);
    // Nulls and empty names among the tests say nothing, and are left out.
    const named = published.endpoints.map((endpoint) => ({
      ...endpoint,
      tests: [...new Set(endpoint.tests.flatMap((name) => name || []))].sort(),
    }));
    // The date is the calendar's, not that of the runs; the document is named as it was loaded.
    const { endpoints, tests, release_date, spec: _spec, ...rest } = document;
    expect(release_date).toBe('2026-04-22T00:00:00');
    // A slice is less than what ships.
    const isPart = data.name === 'slices' && what === 'what ships';
    const choose = <T>(found: Map<string, T>, names: Map<string, unknown>) => (isPart ? pick(found, names) : found);
    const wanted = byName(named, endpointOf);
    expect(choose(byName(endpoints, endpointOf), wanted)).toEqual(wanted);
    const wantedTests = byName(published.tests, testOf);
    wantedTests.delete('');
    expect(choose(byName(tests, testOf), wantedTests)).toEqual(wantedTests);
    if (!isPart) expect(published).toMatchObject(rest);
    expect(Object.keys(document)).toEqual(Object.keys(published));
    expect(Object.keys(endpoints[0] ?? {})).toEqual(Object.keys(published.endpoints[0] ?? {}));
  });

  test('progress, coverage per release, endpoints and ineligible endpoints', async () => {
    await loadHistory(database.pool);
    await loadBaseline(database.pool, '1.36');
    const lists = await exportLists(database.pool);
    // 1.37.0 was in development, and is newer than the baseline.
    const finished = (path: string) => read(path, isList).filter(({ release }) => release !== '1.37.0');
    expect(lists.progress.rows).toEqual(finished('coverage/conformance-progress.json'));
    expect(lists.coveragePerRelease.rows).toEqual(finished('coverage/conformance-coverage-per-release.json'));
    expect(lists.ineligible.rows).toEqual(data.readJson('coverage/ineligible_endpoints.json'));
    const history = read('coverage/conformance-endpoints.json', isHistory).map((one) => ({
      ...one,
      tests: one.tests.flatMap((found) => found ?? []).sort((a, b) => (a.codename < b.codename ? -1 : 1)),
    }));
    const wanted = byName(history, endpointOf);
    const found = byName(lists.endpoints.rows ?? [], endpointOf);
    expect(data.name === 'slices' ? pick(found, wanted) : found).toEqual(wanted);
  });
});
