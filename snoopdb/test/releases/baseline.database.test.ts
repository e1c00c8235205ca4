import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBaseline, loadNeededReleases, useBaseline, useNearestBaseline } from '../../src/index.ts';
import { pickNearestRelease } from '../../src/release.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('has no baseline at first', async () => {
  expect(await readBaseline(database.pool)).toBe(null);
});

test('concurrent processes choose the same baseline, and load it once', async () => {
  const chosen = await Promise.all(
    ['1.36.3', 'v1.36.0', '1.36'].map((version) => useNearestBaseline(database.pool, version)),
  );
  for (const baseline of chosen) {
    expect(baseline).toEqual({
      release: '1.36.0',
      releaseDate: '2026-04-22',
      origin: 'kubernetes-sigs/apisnoop, resources/coverage, commit 1bd88fd (2026-06-29)',
      incomplete: null,
      endpoints: 908,
      tested: 591,
      unknown: 0,
      exact: true,
    });
  }
});

test('1.36.0 has the published numbers', async () => {
  const { rows } = await database.pool.query(`
    select count(*)::int as endpoints,
           count(*) filter (where level = 'stable')::int as stable,
           count(*) filter (where level = 'beta')::int as beta,
           count(*) filter (where level = 'alpha')::int as alpha,
           count(*) filter (where tested)::int as tested,
           count(*) filter (where conf_tested)::int as conf_tested,
           count(*) filter (where eligible)::int as eligible,
           count(*) filter (where eligible and conf_tested)::int as eligible_conf_tested,
           count(*) filter (where array_position(tests, null) is not null)::int as with_null
      from (select *, level = 'stable' and endpoint not in (select endpoint from conformance.ineligible_endpoint) as eligible
              from public.endpoint_coverage where release = '1.36.0') as coverage`);
  expect(rows).toEqual([
    {
      endpoints: 908,
      stable: 664,
      beta: 160,
      alpha: 84,
      tested: 591,
      conf_tested: 574,
      eligible: 563,
      eligible_conf_tested: 563,
      with_null: 0,
    },
  ]);
  const untested = await database.pool.query(
    'select count(*)::int as untested, count(*) filter (where eligible)::int as eligible from testing.untested_stable_endpoint',
  );
  expect(untested.rows).toEqual([{ untested: 74, eligible: 0 }]);
  const known = await database.pool.query(
    `select endpoint, level, method, k8s_kind, deprecated from public.open_api where endpoint in
       ('listCoreV1NamespacedPod', 'watchCoreV1NamespacedPod', 'getInternalApiserverAPIGroup', 'connectCoreV1HeadNodeProxy') order by 1`,
  );
  expect(known.rows).toEqual([
    {
      endpoint: 'connectCoreV1HeadNodeProxy',
      level: 'stable',
      method: 'HEAD',
      k8s_kind: 'NodeProxyOptions',
      deprecated: false,
    },
    { endpoint: 'getInternalApiserverAPIGroup', level: 'stable', method: 'GET', k8s_kind: null, deprecated: false },
    { endpoint: 'listCoreV1NamespacedPod', level: 'stable', method: 'GET', k8s_kind: 'Pod', deprecated: false },
    { endpoint: 'watchCoreV1NamespacedPod', level: 'stable', method: 'GET', k8s_kind: 'Pod', deprecated: true },
  ]);
});

test('a cluster of another minor release gets the nearest baseline, which is reported', async () => {
  expect(await useNearestBaseline(database.pool, '1.31.2')).toMatchObject({ release: '1.33.0', exact: false });
  expect(await useNearestBaseline(database.pool, '1.40.0-alpha.1')).toMatchObject({ release: '1.37.0', exact: false });
  await expect(useNearestBaseline(database.pool, 'latest')).rejects.toMatchObject({ code: 'bad_release' });
});

test('keeps a release that was loaded by hand, and chooses it if it is the nearest', async () => {
  await database.pool.query(
    `insert into public.release_data (release, release_date, origin, coverage_origin)
     values ('1.31.0', '2024-08-13', 'by hand', 'by hand')`,
  );
  expect(await useNearestBaseline(database.pool, '1.31.2')).toMatchObject({
    release: '1.31.0',
    origin: 'by hand',
    exact: true,
    endpoints: 0,
    tested: 0,
  });
  expect(await useNearestBaseline(database.pool, '1.36.2')).toMatchObject({ release: '1.36.0' });
});

test('a release without coverage cannot be the baseline', async () => {
  await database.pool.query(
    `insert into public.release_data (release, release_date, origin) values ('1.32.0', '2024-12-11', 'by hand')`,
  );
  // 1.31.0 has coverage and is as near as 1.33.0: of two the older.
  expect(await useNearestBaseline(database.pool, '1.32.1')).toMatchObject({ release: '1.31.0', exact: false });
});

describe('the nearest release', () => {
  test.each([
    ['1.36.3', ['1.36.0', '1.35.0'], '1.36.0'],
    ['1.36.3', ['1.9.0', '1.10.0'], '1.10.0'],
    // Of two equally near the older.
    ['1.35.0', ['1.36.0', '1.34.0'], '1.34.0'],
    ['2.0.0', ['1.36.0', '1.37.0'], '1.37.0'],
    ['1.36.3', ['1.36.0', '1.36.2'], '1.36.2'],
    ['1.36.3', [], null],
  ])('to %s of %j is %s', (wanted, releases, nearest) => {
    expect(pickNearestRelease(wanted, releases)).toBe(nearest);
  });
});

test('a release whose coverage comes from the events of its tests can be the baseline', async () => {
  const { pool } = database;
  await pool.query(`insert into public.release_data (release, release_date, origin) values ('1.99.0', '2050-01-01', 'a document');
    insert into public.open_api (release, endpoint, level, category, path, deprecated, method)
      values ('1.99.0', 'listThing', 'stable', 'core', '/api/v1/things', false, 'GET')`);
  await expect(useBaseline(pool, '1.99')).rejects.toMatchObject({ code: 'unknown_release' });
  expect(await pool.query(`select from public.covered_release where release = '1.99.0'`)).toMatchObject({
    rowCount: 0,
  });
  await pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     values ('1.99.0', 'a run', 'listThing', 'e2e.test/v1', 'a test', true, false)`,
  );
  await useBaseline(pool, '1.99');
  expect(await readBaseline(pool)).toMatchObject({ release: '1.99.0', endpoints: 1, tested: 1 });
});

test('does not replace a loaded document with shipped data', async () => {
  const own = await createTestDatabase();
  try {
    await own.pool.query(`insert into public.release_data (release, release_date, origin) values ('1.36.0', '2026-04-22', 'a document');
      insert into public.open_api (release, endpoint, level, category, path, deprecated, method)
        values ('1.36.0', 'listThing', 'stable', 'core', '/api/v1/things', false, 'GET')`);
    expect(await loadNeededReleases(own.pool, 'baseline')).toEqual([]);
    expect(await useNearestBaseline(own.pool, '1.36.3')).toMatchObject({ release: '1.35.0', exact: false });
    const kept = await own.pool.query(`select endpoint from public.open_api where release = '1.36.0'`);
    expect(kept.rows).toEqual([{ endpoint: 'listThing' }]);
  } finally {
    await own.drop();
  }
});
