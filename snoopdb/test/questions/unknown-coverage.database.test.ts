import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  askCoverage,
  askEndpoint,
  askEndpointHistories,
  askProgress,
  askProvenHits,
  askReleaseTable,
  askUntested,
  compareDataSets,
  createEventWriter,
  exportLists,
  exportRelease,
  findUntested,
  listProgressEndpoints,
  loadBaseline,
  loadBaselineFrom,
  loadHistory,
  readBaseline,
  readReleaseDataSet,
  useBaseline,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { createInput } from '../support/test-input.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadBaseline(database.pool, '1.36');
  await loadBaseline(database.pool, '1.37');
  await useBaseline(database.pool, '1.37');
  await loadHistory(database.pool);
});
afterAll(() => database.drop());

/** A stable, ineligible endpoint that no source of 1.37.0 could see, and one that only an audit run hit. */
const unknown = 'readStorageV1CSINodeStatus';
const fromRun = 'createCertificatesV1ClusterTrustBundle';

async function ask(sql: string): Promise<unknown[]> {
  return (await database.pool.query(sql)).rows;
}

test('counts unknown endpoints apart', async () => {
  const { total } = await askCoverage(database.pool);
  expect(total).toMatchInlineSnapshot(`
    {
      "confTested": 615,
      "eligible": 602,
      "eligibleTested": 602,
      "eligibleUnknown": 0,
      "endpoints": 971,
      "tested": 651,
      "unknown": 39,
    }
  `);
  const { endpoints, tested, unknown: ofBaseline } = (await readBaseline(database.pool)) ?? {};
  expect([endpoints, tested, ofBaseline]).toEqual([total.endpoints, total.tested, total.unknown]);
  const untested = await askUntested(database.pool, { level: 'any', eligibleOnly: false });
  expect(untested.unknown).toHaveLength(total.unknown);
  expect(untested.endpoints).toHaveLength(total.endpoints - total.tested - total.unknown);
  expect(untested.endpoints.map(({ endpoint }) => endpoint)).not.toContain(unknown);
  expect(await findUntested(database.pool, [unknown])).toEqual(new Set());
});

test('gives the reason, and the audit run as the source of a hit', async () => {
  const answer = await askEndpoint(database.pool, unknown);
  expect(answer).toMatchObject({ tested: null, confTested: null });
  expect(answer?.unknown).toMatchInlineSnapshot(
    `"The published coverage of 2026-06-29 does not list it, and no audit run of this project hit it."`,
  );
  expect(await askEndpoint(database.pool, fromRun)).toMatchObject({ tested: true, confTested: true, unknown: null });
  expect(
    await ask(`select distinct source from public.endpoint_hit where release = '1.37.0' order by source`),
  ).toMatchInlineSnapshot(`
    [
      {
        "source": "published coverage",
      },
      {
        "source": "snoop audit-run 20261201-025656-xxhc3x (specs: 8, Kubernetes 1.37.2, 2026-12-01)",
      },
    ]
  `);
  const { endpoints } = await askReleaseTable(database.pool);
  expect(endpoints.filter((row) => row.unknown !== null && row.tested !== null)).toEqual([]);
  const histories = await askEndpointHistories(database.pool, '1.37.0');
  expect(histories.endpoints.get(unknown)).toEqual(['unknown', 'absent']);
});

test('knows since when an endpoint is stable that came after the published history', async () => {
  expect(
    await ask(
      `select first_release, first_conformance_test, unknown from conformance.eligible_endpoint_coverage where endpoint = '${fromRun}'`,
    ),
  ).toEqual([{ first_release: '1.37.0', first_conformance_test: '1.37.0', unknown: false }]);
  expect(await ask(`select * from conformance.progress where release = '1.37.0'`)).toMatchInlineSnapshot(`
    [
      {
        "endpoints_still_untested_today": "0",
        "new_endpoints": "39",
        "new_endpoints_covered_by_new_tests": "39",
        "new_endpoints_covered_by_old_tests": "0",
        "new_endpoints_promoted_with_tests": "39",
        "new_tests": "19",
        "old_endpoints_covered_by_new_tests": "0",
        "release": "1.37.0",
        "total_endpoints": "602",
        "total_tested_endpoints": "602",
        "unknown_endpoints": "0",
      },
    ]
  `);
  expect(await ask(`select * from conformance.coverage_per_release where release = '1.37.0'`)).toMatchInlineSnapshot(`
    [
      {
        "new endpoints": "39",
        "release": "1.37.0",
        "tested": "39",
        "total endpoints": "602",
        "total tested": "602",
        "total untested": "0",
        "unknown": "0",
        "untested": "0",
      },
    ]
  `);
});

test('has unknown endpoints in no change', async () => {
  const [before, after] = [
    await readReleaseDataSet(database.pool, '1.36', '1.36', null),
    await readReleaseDataSet(database.pool, '1.37', '1.37', null),
  ];
  const { lost, gained, newEndpoints, unknown: listed } = compareDataSets(before, after);
  expect(listed).toContain(unknown);
  const changed = [...lost, ...gained, ...newEndpoints].map(({ endpoint }) => endpoint);
  expect(changed.filter((endpoint) => listed.includes(endpoint))).toEqual([]);
  const { loaded } = await askProvenHits(database.pool, '1.37.0', { withLiveTests: false });
  expect(loaded?.endpoints.map(({ endpoint }) => endpoint)).not.toContain(unknown);
});

test('has no gain from a live test that hits an unknown endpoint', async () => {
  const [before] = await ask('select * from testing.projected_change_in_coverage');
  await createEventWriter(database.pool, { source: 'a cluster' }).write(
    writeBody([writeEvent({ auditID: '1', verb: 'get', requestURI: '/apis/storage.k8s.io/v1/csinodes/a/status' })]),
  );
  expect(await ask('select endpoint, hit_by_ete from testing.endpoint_hit_by_new_test')).toEqual([
    { endpoint: unknown, hit_by_ete: null },
  ]);
  expect(await ask('select * from testing.projected_change_in_coverage')).toEqual([before]);
  expect(await ask(`select endpoint from testing.untested_stable_endpoint where endpoint = '${unknown}'`)).toEqual([]);
});

describe('after export and import', () => {
  test('is the same', async () => {
    const [coverage, { document }] = [await askCoverage(database.pool), await exportRelease(database.pool, '1.37')];
    expect(document['total endpoints']).toBe(document.endpoints.length);
    expect(document['unknown endpoints']).toHaveLength(coverage.total.unknown);
    expect(document.endpoints.map(({ endpoint }) => endpoint)).not.toContain(unknown);
    const loaded = await loadBaselineFrom(database.pool, createInput('1.37.0.json', document));
    expect(loaded.incomplete).toBeNull();
    expect((await askCoverage(database.pool)).total).toEqual(coverage.total);
    const again = await exportRelease(database.pool, '1.37');
    expect({ ...again.document, sources: null, spec: null }).toEqual({ ...document, sources: null, spec: null });
  });
});

test('ends with a hit from another source', async () => {
  await database.pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at)
     values ('1.37.0', 'a log', $1, 'e2e.test', 'a test', true, false, now())`,
    [unknown],
  );
  expect(await askEndpoint(database.pool, unknown)).toMatchObject({ tested: true, confTested: false, unknown: null });
});

test('leaves an eligible unknown endpoint out of progress and its files, and counts it apart', async () => {
  const { pool } = database;
  const [before, lists] = [await askProgress(pool), await exportLists(pool)];
  await pool.query(`delete from public.endpoint_hit where release = '1.37.0' and endpoint = $1`, [fromRun]);
  await pool.query(`insert into public.unknown_coverage values ('1.37.0', $1, 'not listed')`, [fromRun]);
  await pool.query('delete from conformance.endpoint_history_test where endpoint = $1', [fromRun]);
  const line = before.releases.at(-1);
  expect(line).toMatchObject({ release: '1.37.0', newEndpoints: 39, total: 602, debt: 0, unknown: 0 });
  const answer = await askProgress(pool);
  expect(answer.releases.at(-1)).toMatchObject({ newEndpoints: 38, total: 601, debt: 0, stillUntested: 0, unknown: 1 });
  expect((await listProgressEndpoints(pool)).map(({ endpoint }) => endpoint)).not.toContain(fromRun);
  const { endpoints } = await exportLists(pool);
  expect(lists.endpoints.rows?.map(({ endpoint }) => endpoint)).toContain(fromRun);
  expect(endpoints.rows?.map(({ endpoint }) => endpoint)).not.toContain(fromRun);
  expect((await askUntested(pool, { level: 'stable', eligibleOnly: true })).endpoints).toEqual([]);
});
