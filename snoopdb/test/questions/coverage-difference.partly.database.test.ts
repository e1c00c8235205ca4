import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { compareDataSets, findInputs, readFileDataSet, readReleaseDataSet } from '../../src/index.ts';
import { readCoverage } from '../../src/releases/coverage-document.ts';
import { createDataSet } from '../../src/questions/data-set.ts';
import { deleteTest, loadSmallLiveHits, loadSmallReleases, logTest, podTest } from '../support/small-releases.ts';
import { testDataOfLane } from '../support/test-data.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadSmallReleases(database.pool);
  await loadSmallLiveHits(database.pool);
});
afterAll(() => database.drop());

const names = (list: readonly { endpoint: string }[]): string[] => list.map(({ endpoint }) => endpoint);

test('compares two releases: lost, gained, by which test, new, removed, and what depends on one test', async () => {
  const before = await readReleaseDataSet(database.pool, '1.35', '1.35', null);
  const after = await readReleaseDataSet(database.pool, '1.36', '1.36', null);
  expect(before).toMatchObject({ release: '1.35.0', incomplete: 'its totals lie.' });
  const { lost, gained, newEndpoints, removedEndpoints, singleTest } = compareDataSets(before, after);
  expect(lost).toEqual([
    {
      endpoint: 'deleteCoreV1NamespacedPod',
      level: 'stable',
      category: 'core',
      what: 'tested',
      // That test hits nothing any more.
      by: [{ test: deleteTest, conformance: false, inOther: false }],
    },
  ]);
  expect(gained).toEqual([
    {
      endpoint: 'readCoreV1NamespacedPodLog',
      level: 'stable',
      category: 'core',
      what: 'tested',
      by: [{ test: logTest, conformance: true, inOther: false }],
    },
  ]);
  expect(names(newEndpoints)).toEqual(['listShopV1Widget', 'patchCoreV1NamespacedPodResize']);
  expect(names(removedEndpoints)).toEqual(['listShopV1alpha1Widget']);
  expect(singleTest.map(({ endpoint, test: only }) => [endpoint, only])).toEqual([
    ['readCoreV1NamespacedPod', podTest],
    ['readCoreV1NamespacedPodLog', logTest],
  ]);
});

test('swaps lost and gained in the opposite direction', async () => {
  const before = await readReleaseDataSet(database.pool, '1.35', '1.35', null);
  const after = await readReleaseDataSet(database.pool, '1.36', '1.36', null);
  const there = compareDataSets(before, after);
  const back = compareDataSets(after, before);
  expect([names(back.lost), names(back.gained)]).toEqual([names(there.gained), names(there.lost)]);
  expect(names(back.newEndpoints)).toEqual(names(there.removedEndpoints));
  expect(compareDataSets(after, after)).toMatchObject({ lost: [], gained: [], newEndpoints: [], removedEndpoints: [] });
});

test('compares one source of a release by e2e tests only, and rejects an unknown source', async () => {
  const whole = await readReleaseDataSet(database.pool, '1.36', '1.36', null);
  const ofRun = await readReleaseDataSet(database.pool, 'run', '1.36', 'https://ci.example/2');
  const ofFile = await readReleaseDataSet(database.pool, 'file', '1.36', 'coverage file');
  expect([...ofRun.endpoints.values()].filter(({ tested }) => tested)).toEqual([]);
  expect(compareDataSets(whole, ofFile)).toMatchObject({ lost: [], gained: [] });
  await expect(readReleaseDataSet(database.pool, 'x', '1.36', 'nope')).rejects.toMatchObject({
    code: 'unknown_source',
    message: expect.stringContaining('coverage file, https://ci.example/2'),
  });
  await expect(readReleaseDataSet(database.pool, 'x', '1.34', null)).rejects.toMatchObject({ code: 'no_coverage' });
});

const readFile = (document: unknown, name = 'a file') => createDataSet(name, readCoverage(document, name));

test('reports a lost conformance test while another test remains', () => {
  const file = (tests: (string | null)[], conf_tested: boolean) =>
    readFile({
      release: '1.36.0',
      endpoints: [{ endpoint: 'a', path: '/a', level: 'stable', category: 'core', tested: true, conf_tested, tests }],
    });
  const { lost, singleTest } = compareDataSets(file([podTest, deleteTest, null, ''], true), file([deleteTest], false));
  expect(lost).toEqual([
    {
      endpoint: 'a',
      level: 'stable',
      category: 'core',
      what: 'conformance tested',
      by: [{ test: podTest, conformance: true, inOther: false }],
    },
  ]);
  expect(singleTest).toMatchObject([{ endpoint: 'a', test: deleteTest }]);
});

test('an endpoint that a test without a name also hits does not depend on one test', async () => {
  const { singleTest } = compareDataSets(
    await readReleaseDataSet(database.pool, '1.36', '1.36', null),
    await withNamelessHit(() => readReleaseDataSet(database.pool, '1.36', '1.36', null)),
  );
  expect(names(singleTest)).toEqual(['readCoreV1NamespacedPodLog']);
  // A conformance test that the file does not name.
  const [name, path] = ['a', '/a'];
  const endpoint = { endpoint: name, path, level: 'stable', category: 'core', tested: true, tests: [deleteTest] };
  const file = (conf_tested: boolean) => readFile({ release: '1.36.0', endpoints: [{ ...endpoint, conf_tested }] });
  expect(names(compareDataSets(file(false), file(true)).singleTest)).toEqual([]);
  expect(names(compareDataSets(file(true), file(false)).singleTest)).toEqual(['a']);
});

async function withNamelessHit<T>(work: () => Promise<T>): Promise<T> {
  await database.pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     values ('1.36.0', 'a run', 'readCoreV1NamespacedPod', 'e2e.test/v1.36.0', null, true, false)`,
  );
  try {
    return await work();
  } finally {
    await database.pool.query(`delete from public.endpoint_hit where source = 'a run'`);
  }
}

test('tells that published coverage and files may contain failed requests, unlike events', async () => {
  const counts = async (source: string | null): Promise<boolean> =>
    (await readReleaseDataSet(database.pool, 'x', '1.36', source)).countsFailures;
  expect(await counts(null)).toBe(false);
  await database.pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     values ('1.36.0', 'published coverage', 'readCoreV1NamespacedPod', 'e2e.test', null, true, false)`,
  );
  try {
    expect([await counts(null), await counts('published coverage')]).toEqual([true, true]);
    expect(await counts('https://ci.example/2')).toBe(false);
  } finally {
    await database.pool.query(`delete from public.endpoint_hit where source = 'published coverage'`);
  }
  const endpoint = { endpoint: 'a', path: '/a', level: 'stable', category: 'core', tested: true, conf_tested: false };
  expect(readFile({ release: '1.36.0', endpoints: [{ ...endpoint, tests: [] }] }).countsFailures).toBe(true);
});

test('names the published coverage, and the sources that add to it', async () => {
  const origin = async (): Promise<string> => (await readReleaseDataSet(database.pool, '1.35', '1.35', null)).origin;
  expect(await origin()).toBe('coverage made for tests and coverage file');
  const client = await database.pool.connect();
  try {
    const add = (source: string, isTest: boolean) =>
      client.query(
        `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
         values ('1.35.0', $1, 'getCodeVersion', 'made for tests', null, $2, false)`,
        [source, isTest],
      );
    // Neither published coverage nor clients other than tests are sources that add to it.
    await add('published coverage', true);
    await add('a client', false);
    // Naming the published coverage does not make it complete.
    const published = await readReleaseDataSet(database.pool, 'x', '1.35', 'published coverage');
    expect(published.incomplete).toBe('its totals lie.');
    expect(await origin()).toBe('coverage made for tests and coverage file');
    await add('a run', true);
    expect(await origin()).toBe('coverage made for tests and 2 sources of audit events');
    await client.query(`update public.release_data set coverage_origin = null where release = '1.35.0'`);
    expect(await origin()).toBe('a run, coverage file, published coverage');
  } finally {
    await client.query(`
      delete from public.endpoint_hit where useragent = 'made for tests';
      update public.release_data set coverage_origin = 'coverage made for tests' where release = '1.35.0'`);
    client.release();
  }
});

test('compares a coverage file, gzipped or not, whose totals contradict its list', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-coverage-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const document = {
    release: '1.36.0',
    endpoints: [
      { endpoint: 'a', path: '/a', level: 'stable', category: 'core', tested: true, conf_tested: false, tests: [] },
    ],
    'total endpoints': 2,
  };
  await writeFile(join(folder, 'plain.json'), JSON.stringify(document));
  await writeFile(join(folder, 'marked.json'), JSON.stringify({ ...document, incomplete: 'a run was cut.' }));
  await writeFile(join(folder, 'packed.json.gz'), gzipSync(JSON.stringify(document)));
  await writeFile(join(folder, 'broken.json'), '{"endpoints":');
  const read = async (name: string) => {
    const [input] = await findInputs(name, { cwd: folder, stdin: process.stdin });
    if (input === undefined) throw new Error(`${name} is not there`);
    return readFileDataSet(database.pool, input);
  };
  expect(await read('plain.json')).toMatchObject({
    release: '1.36.0',
    origin: 'plain.json',
    incomplete: expect.stringContaining('2 endpoints by its totals, 1 by its list'),
  });
  expect(await read('marked.json')).toMatchObject({ release: '1.36.0', incomplete: 'a run was cut.' });
  expect((await read('packed.json.gz')).endpoints).toEqual((await read('plain.json')).endpoints);
  await expect(read('broken.json')).rejects.toMatchObject({ code: 'bad_document' });
});

test.each(testDataOfLane)(
  'published files ($name): 1.34.0 was overwritten from a stale run, 1.36.0 tests what 1.35.0 tests',
  ({ name, readJson }) => {
    const expected = { slices: { changed: [27, 9], stale: 26 }, 'whole files': { changed: [54, 9], stale: 36 } }[name];
    const read = (release: string) => readFile(readJson(`coverage/${release}.json`), release);
    const step = compareDataSets(read('1.35.0'), read('1.36.0'));
    expect(step.lost).toEqual([]);
    expect(step.gained.map(({ endpoint }) => endpoint)).toEqual(['replaceRbacAuthorizationV1ClusterRole']);
    expect([step.newEndpoints.length, step.removedEndpoints.length]).toEqual(expected.changed);
    const stale = compareDataSets(read('1.30.0'), read('1.34.0'));
    const back = new Set(compareDataSets(read('1.34.0'), read('1.35.0')).gained.map(({ endpoint }) => endpoint));
    expect(stale.lost.filter(({ endpoint, what }) => what === 'tested' && back.has(endpoint))).toHaveLength(
      expected.stale,
    );
  },
);
