import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pool } from '../../src/index.ts';
import {
  listShippedReleases,
  loadBaseline,
  loadConformanceTests,
  loadCoverage,
  loadHistory,
  loadIneligible,
  loadOpenapi,
  loadPending,
  loadReleases,
} from '../../src/index.ts';
import { createPublishedInput } from '../support/test-input.ts';
import { testDataOfLane } from '../support/test-data.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

interface Published {
  endpoints: {
    endpoint: string;
    level: string;
    tested: boolean;
    conf_tested: boolean;
    tests: (string | null)[] | null;
  }[];
}

// The rule and the published files differ on the level of these and on nothing else.
const differing = {
  '1.30': ['getInternalApiserverAPIGroup', 'getResourceAPIGroup', 'getStoragemigrationAPIGroup'],
  '1.33': ['getInternalApiserverAPIGroup', 'getResourceAPIGroup', 'getStoragemigrationAPIGroup'],
  '1.34': ['getInternalApiserverAPIGroup', 'getStoragemigrationAPIGroup'],
  '1.35': ['getInternalApiserverAPIGroup', 'getStoragemigrationAPIGroup'],
  '1.36': ['getInternalApiserverAPIGroup', 'getStoragemigrationAPIGroup'],
};
type Minor = keyof typeof differing;

const expectations = {
  slices: {
    minors: ['1.30', '1.34', '1.35', '1.36'],
    older: 34,
    tests: 15,
    eligible: { '1.30.0': 51, '1.34.0': 51, '1.35.0': 51, '1.36.0': 58 },
  },
  'whole files': {
    minors: ['1.30', '1.33', '1.34', '1.35', '1.36'],
    older: 99,
    tests: 402,
    eligible: { '1.30.0': 497, '1.33.0': 508, '1.34.0': 549, '1.35.0': 549, '1.36.0': 563 },
  },
} as const;

describe.each(testDataOfLane)('the published documents ($name)', (data) => {
  const { minors, ...expected } = expectations[data.name];
  let database: TestDatabase;
  let other: TestDatabase;
  beforeAll(async () => {
    [database, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  });
  afterAll(async () => {
    await Promise.all([database.drop(), other.drop()]);
  });

  const loadDocument = (pool: Pool, minor: Minor) =>
    loadOpenapi(pool, createPublishedInput(data, `openapi/swagger-${minor}.json`));
  const loadPublished = (pool: Pool, minor: Minor) =>
    loadCoverage(pool, createPublishedInput(data, `coverage/${minor}.0.json`));

  test.each(minors)(
    '%s: gives the published endpoints and levels, and the flags and tests of the file',
    async (minor) => {
      const { pool } = database;
      const published = data.readJson(`coverage/${minor}.0.json`) as Published;
      await loadDocument(pool, minor);
      const computed = await pool.query<{ endpoint: string; level: string }>(
        'select endpoint, level from public.endpoint_coverage where release = $1 order by endpoint collate "C"',
        [`${minor}.0`],
      );
      const levels = new Map(published.endpoints.map((one) => [one.endpoint, one.level]));
      expect(computed.rows.map((row) => row.endpoint)).toEqual([...levels.keys()].sort());
      const other = computed.rows.filter((row) => levels.get(row.endpoint) !== row.level).map((row) => row.endpoint);
      expect(other).toEqual(differing[minor]);

      await loadPublished(pool, minor);
      const found = await pool.query<{ row: unknown }>(
        `select json_build_array(endpoint, level, tested, conf_tested, array(select unnest(tests) order by 1)) as row
         from public.endpoint_coverage where release = $1 order by endpoint collate "C"`,
        [`${minor}.0`],
      );
      const byName = <T extends { endpoint: string }>(a: T, b: T): number => (a.endpoint < b.endpoint ? -1 : 1);
      const sort = (tests: readonly (string | null)[] | null): string[] =>
        [...new Set((tests ?? []).flatMap((one) => one || []))].sort();
      expect(
        found.rows.map(({ row }) => {
          const [endpoint, level, tested, confTested, tests] = row as [string, string, boolean, boolean, string[]];
          return [endpoint, level, tested, confTested, sort(tests)];
        }),
      ).toEqual(
        [...published.endpoints]
          .sort(byName)
          .map((one) => [one.endpoint, one.level, one.tested, one.conf_tested, sort(one.tests)]),
      );
    },
  );

  test.each(minors)('%s: gives the same rows if coverage is loaded before the document', async (minor) => {
    await loadPublished(other.pool, minor);
    const alone = await readRows(other.pool, `${minor}.0`, true);
    // What a coverage file does not tell is inferred, and rightly so.
    expect(alone).toEqual(await readRows(database.pool, `${minor}.0`, true));
    await loadDocument(other.pool, minor);
    expect(await readRows(other.pool, `${minor}.0`)).toEqual(await readRows(database.pool, `${minor}.0`));
    const say =
      'select origin, coverage_origin, incomplete, sources, has_document from public.release_data where release = $1';
    const [left, right] = await Promise.all([database, other].map(({ pool }) => pool.query(say, [`${minor}.0`])));
    expect(left?.rows).toEqual(right?.rows);
  });

  test('eligible endpoints follow the list of the time, in each release', async () => {
    const { pool } = database;
    await loadIneligible(pool, createPublishedInput(data, 'coverage/ineligible_endpoints.json'), { release: '1.36' });
    const older = await loadIneligible(pool, createPublishedInput(data, 'conformance/ineligible_endpoints.yaml'), {
      release: '1.30',
    });
    expect(older).toMatchObject({ release: '1.30.0', read: expected.older, stored: expected.older });
    expect(await countEligible(pool)).toEqual(expected.eligible);
  });

  test('the lists and the calendar', async () => {
    const { pool } = database;
    const tests = await loadConformanceTests(pool, createPublishedInput(data, 'conformance/conformance-v1.30.yaml'), {
      release: '1.30',
    });
    expect(tests).toMatchObject({ release: '1.30.0', stored: expected.tests });
    const lists = await pool.query(
      `select count(*)::int as tests, count(promoted_in)::int as promoted,
              count(*) filter (where promoted_in !~ '^\\d+\\.\\d+\\.0$')::int as odd
         from conformance.listed_test where release = '1.30.0'`,
    );
    expect(lists.rows).toEqual([{ tests: expected.tests, promoted: expected.tests, odd: 0 }]);
    await loadPending(pool, createPublishedInput(data, 'conformance/pending_eligible_endpoints.yaml'), {
      release: '1.30',
    });
    await loadPublished(pool, '1.30');
    const calendar = await loadReleases(pool, createPublishedInput(data, 'coverage/releases.yaml'));
    expect(calendar.notes).toEqual([{ count: 1, what: 'releases in development, without a date' }]);
    const dates = await pool.query(`select release, release_date::text from public.release_data order by release`);
    expect(dates.rows).toContainEqual({ release: '1.36.0', release_date: '2026-04-22 00:00:00' });
    // A coverage file has the day of its runs also for a release in development.
    await loadCoverage(pool, createPublishedInput(data, 'coverage/1.37.0.json'));
    const newest = await pool.query(
      `select release_date, public.baseline_release() as baseline from public.release_data where release = '1.37.0'`,
    );
    expect(newest.rows).toEqual([{ release_date: null, baseline: '1.36.0' }]);
  });

  test('refuses the coverage of another release, and changes nothing', async () => {
    const { pool } = database;
    const before = await readRows(pool, '1.36.0');
    await expect(
      loadOpenapi(pool, createPublishedInput(data, 'openapi/swagger-1.35.json'), { release: '1.36' }),
    ).rejects.toThrow(/differ from those of the coverage that is loaded for 1\.36\.0: .*only in/);
    expect(await readRows(pool, '1.36.0')).toEqual(before);
  });

  test('shipped data agrees with these documents', async () => {
    const shipped = await listShippedReleases();
    expect(shipped).toEqual(['1.33.0', '1.34.0', '1.35.0', '1.36.0', '1.37.0']);
    await other.empty();
    for (const release of shipped) await loadBaseline(other.pool, release);
    await loadHistory(other.pool);
    for (const minor of minors.filter((one) => shipped.includes(`${one}.0`))) {
      const rows = await readRows(database.pool, `${minor}.0`);
      const found = new Set(rows.map(nameEndpoint));
      const ofShipped = await readRows(other.pool, `${minor}.0`);
      expect(ofShipped.filter((row) => data.name === 'whole files' || found.has(nameEndpoint(row)))).toEqual(rows);
    }
    expect(await countEligible(other.pool)).toEqual({
      '1.33.0': 508,
      '1.34.0': 549,
      '1.35.0': 549,
      '1.36.0': 563,
      '1.37.0': 602,
    });
    const figures = await other.pool.query(
      `select release, incomplete is null as sound, cardinality(sources) as sources,
              (select count(*)::int from conformance.listed_test as test where test.release = data.release) as tests
         from public.release_data as data order by release`,
    );
    expect(figures.rows).toEqual([
      { release: '1.33.0', sound: false, sources: 1, tests: 380 },
      { release: '1.34.0', sound: false, sources: 1, tests: 382 },
      { release: '1.35.0', sound: true, sources: 3, tests: 439 },
      { release: '1.36.0', sound: true, sources: 3, tests: 444 },
      { release: '1.37.0', sound: true, sources: 3, tests: 462 },
    ]);
  });
});

async function countEligible(pool: Pool): Promise<Record<string, number>> {
  const found = await pool.query<{ release: string; count: number }>(
    `select release, count(*)::int as count from conformance.endpoint_eligibility where eligible group by release order by release`,
  );
  return Object.fromEntries(found.rows.map((row) => [row.release, row.count]));
}

/** What is stored of a release, but for where it comes from: hashes, each with the endpoint that it is about. */
async function readRows(pool: Pool, release: string, onlyServed = false): Promise<string[]> {
  const found = await pool.query<{ row: string }>(
    `select md5(row(endpoint, method, level, path, category, k8s_group, k8s_version, k8s_kind, k8s_action, deprecated)::text)
            || endpoint as row
       from public.open_api where release = $1 and not (deprecated and $2)
     union all
     select md5(row(source, endpoint, useragent, test, test_hit, conf_test_hit)::text) || endpoint
       from public.endpoint_hit where release = $1
     order by 1`,
    [release, onlyServed],
  );
  return found.rows.map(({ row }) => row);
}

/** The endpoint that a row of {@link readRows} is about. */
function nameEndpoint(row: string): string {
  return row.slice(32);
}
