import { afterAll, beforeAll, expect, test } from 'vitest';
import { askCoverage, askEndpoint, askReleaseTable, askUntested, loadBaseline, useBaseline } from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadBaseline(database.pool, '1.35.0');
  await loadBaseline(database.pool, '1.36.0');
  await useBaseline(database.pool, '1.36.0');
});
afterAll(() => database.drop());

test('has the figures of the coverage and untested questions', async () => {
  const { release, previous, endpoints } = await askReleaseTable(database.pool);
  expect([release.release, previous]).toEqual(['1.36.0', '1.35.0']);
  const counted = endpoints.filter(({ deprecated }) => !deprecated);
  const coverage = await askCoverage(database.pool);
  expect({
    endpoints: counted.length,
    tested: counted.filter(({ tested }) => tested).length,
    confTested: counted.filter(({ confTested }) => confTested).length,
    eligible: counted.filter(({ eligible }) => eligible).length,
    eligibleTested: counted.filter(({ eligible, confTested }) => eligible && confTested).length,
    unknown: counted.filter(({ unknown }) => unknown !== null).length,
    eligibleUnknown: counted.filter(({ eligible, unknown }) => eligible && unknown !== null).length,
  }).toEqual(coverage.total);
  const untested = await askUntested(database.pool, { level: 'any', eligibleOnly: false });
  expect(counted.flatMap(({ tested, endpoint }) => (tested === false ? [endpoint] : [])).sort()).toEqual(
    untested.endpoints.map(({ endpoint }) => endpoint).sort(),
  );
});

test('has each endpoint and its tests as the endpoint question describes them', async () => {
  const { endpoints, tests } = await askReleaseTable(database.pool);
  const titles = new Map(tests.map((one) => [one.test, one]));
  for (const row of endpoints.filter((_, index) => index % 31 === 0)) {
    const answer = await askEndpoint(database.pool, row.endpoint);
    expect(answer, row.endpoint).toMatchObject({ path: row.path, tested: row.tested, confTested: row.confTested });
    expect(answer?.reference, row.endpoint).toBe(row.reference);
    expect(answer?.eligibility?.eligible, row.endpoint).toBe(row.eligible);
    expect(row.tests.map((name) => titles.get(name)?.title).sort(), row.endpoint).toEqual(
      answer?.tests.flatMap((one) => (one.test === null ? [] : [one.title])).sort(),
    );
    if (row.level === 'stable') expect(row.stableSince, row.endpoint).toBe(answer?.first.release);
  }
});

test('marks endpoints whose method and path the previous release lacks; without one it cannot tell', async () => {
  const { endpoints } = await askReleaseTable(database.pool);
  const earlier = await askReleaseTable(database.pool, '1.35');
  const known = new Set(earlier.endpoints.map(({ method, path }) => `${method} ${path}`));
  for (const { endpoint, method, path, isNew } of endpoints) {
    expect(isNew, endpoint).toBe(!known.has(`${method} ${path}`));
  }
  expect(earlier.previous).toBeNull();
  expect(new Set(earlier.endpoints.map(({ isNew }) => isNew))).toEqual(new Set([null]));
});
