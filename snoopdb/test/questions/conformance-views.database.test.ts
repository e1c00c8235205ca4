import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;

/** Endpoints by the release in which each became stable; 1.10.0 is the baseline, the history ends with 1.9.0. */
const endpoints = `
  insert into public.open_api (release, endpoint, level, category, path, deprecated, method) values
    ('1.9.0', 'old', 'stable', 'core', '/api/v1/old', false, 'GET'),
    ('1.9.0', 'oldWithNewTest', 'stable', 'core', '/api/v1/oldest', false, 'GET'),
    ('1.9.0', 'early', 'beta', 'core', '/apis/e/v1beta1/early', false, 'GET'),
    ('1.10.0', 'old', 'stable', 'core', '/api/v1/old', false, 'GET'),
    ('1.10.0', 'oldWithNewTest', 'stable', 'core', '/api/v1/oldest', false, 'GET'),
    ('1.10.0', 'new', 'stable', 'core', '/api/v1/new', false, 'GET'),
    ('1.10.0', 'newWithoutTest', 'stable', 'core', '/api/v1/newer', false, 'GET'),
    ('1.10.0', 'newWithOldTest', 'stable', 'core', '/api/v1/newest', false, 'GET'),
    ('1.10.0', 'listed', 'stable', 'core', '/api/v1/listed', false, 'GET'),
    ('1.10.0', 'gone', 'stable', 'core', '/api/v1/watch/gone', true, 'GET'),
    ('1.10.0', 'early', 'beta', 'core', '/apis/e/v1beta1/early', false, 'GET')`;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`
    insert into public.release_data (release, release_date, origin, coverage_origin) values
      ('1.9.0', '2020-01-01', 'by hand', 'by hand'), ('1.10.0', '2020-04-01', 'by hand', 'by hand');
    insert into public.release_calendar (release, release_date) values
      ('1.8.0', '2019-09-01'), ('1.9.0', '2020-01-01'), ('1.10.0', '2020-04-01'), ('1.11.0', null);
    ${endpoints};
    insert into conformance.list (what, release, origin) values
      ('ineligible', '1.10.0', 'by hand'), ('pending', '1.10.0', 'by hand'), ('tests', '1.10.0', 'by hand'),
      ('ineligible', '1.8.0', 'by hand');
    insert into conformance.listed_ineligible (release, endpoint, reason, link) values
      ('1.10.0', 'listed', 'it cannot be tested', 'https://example.com/1'), ('1.8.0', 'old', 'long ago', 'https://example.com/2');
    insert into conformance.listed_pending (release, endpoint) values ('1.10.0', 'newWithoutTest');
    insert into conformance.listed_test (release, codename, testname, promotion, promoted_in, file) values
      ('1.10.0', 'A [Conformance]', 'A', 'v1.8, v1.9', '1.9.0', 'a.go'),
      ('1.10.0', 'B [Conformance]', 'B', 'v1.10', '1.10.0', 'b.go'),
      ('1.10.0', 'C [Conformance]', 'C', 'v1.10', '1.10.0', 'c.go');
    insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit) values
      ('1.10.0', 'a run', 'new', 'e2e.test/v1', 'B [Conformance]', true, true),
      ('1.10.0', 'a run', 'new', 'e2e.test/v1', 'not promoted', true, false),
      ('1.10.0', 'a run', 'newWithOldTest', 'e2e.test/v1', 'A [Conformance]', true, true),
      ('1.10.0', 'a run', 'newWithOldTest', 'e2e.test/v1', 'C [Conformance]', true, true),
      ('1.10.0', 'a run', 'oldWithNewTest', 'e2e.test/v1', 'B [Conformance]', true, true),
      ('1.10.0', 'a run', 'old', 'e2e.test/v1', 'B [Conformance]', true, true),
      ('1.10.0', 'a run', 'newWithoutTest', 'e2e.test/v1', 'not promoted', true, false),
      ('1.10.0', 'a run', 'newWithoutTest', 'kubectl/v1', null, false, false);
    insert into conformance.history_data (origin, newest_release) values ('by hand', '1.9.0');
    insert into conformance.endpoint_history (endpoint, first_release, tested_release) values
      ('old', '1.8.0', '1.9.0'), ('oldWithNewTest', '1.9.0', null), ('noLongerThere', '1.8.0', null);
    insert into conformance.endpoint_history_test (endpoint, codename, testname, file, release) values
      ('old', 'A [Conformance]', 'A', 'a.go', '1.9.0')`);
});
afterAll(() => database.drop());

async function ask(sql: string): Promise<unknown[][]> {
  const found = await database.pool.query<unknown[]>({ text: sql, rowMode: 'array' });
  return found.rows;
}

test('an endpoint is eligible, or the view has the reason', async () => {
  expect(
    await ask(`select release, endpoint, eligible, reason, link, pending from conformance.endpoint_eligibility
                order by release::semver, endpoint collate "C"`),
  ).toEqual([
    // 1.9.0 has no list of its own: the next newer one serves.
    ['1.9.0', 'early', false, 'it is beta', null, false],
    ['1.9.0', 'old', true, null, null, false],
    ['1.9.0', 'oldWithNewTest', true, null, null, false],
    ['1.10.0', 'early', false, 'it is beta', null, false],
    ['1.10.0', 'gone', false, 'it is deprecated', null, false],
    ['1.10.0', 'listed', false, 'it cannot be tested', 'https://example.com/1', false],
    ['1.10.0', 'new', true, null, null, false],
    ['1.10.0', 'newWithOldTest', true, null, null, false],
    ['1.10.0', 'newWithoutTest', true, null, null, true],
    ['1.10.0', 'old', true, null, null, false],
    ['1.10.0', 'oldWithNewTest', true, null, null, false],
  ]);
  expect(await ask('select endpoint from conformance.eligible_endpoint order by endpoint collate "C"')).toEqual([
    ['new'],
    ['newWithOldTest'],
    ['newWithoutTest'],
    ['old'],
    ['oldWithNewTest'],
  ]);
});

test('the old names show the lists of the baseline', async () => {
  expect(await ask('select * from conformance.ineligible_endpoint')).toEqual([
    ['listed', 'it cannot be tested', 'https://example.com/1'],
  ]);
  expect(await ask('select * from conformance.pending_eligible_endpoint')).toEqual([['newWithoutTest']]);
  expect(await ask('select * from conformance.test order by codename')).toEqual([
    ['A', 'A [Conformance]', 'v1.8, v1.9', null, 'a.go'],
    ['B', 'B [Conformance]', 'v1.10', null, 'b.go'],
    ['C', 'C [Conformance]', 'v1.10', null, 'c.go'],
  ]);
});

test('shows since when an endpoint is stable, and its first test', async () => {
  expect(
    await ask(`select endpoint, first_conformance_test, test, codename, file, first_release, all_test_releases
                 from conformance.eligible_endpoint_coverage order by endpoint collate "C"`),
  ).toEqual([
    ['new', '1.10.0', 'B', 'B [Conformance]', 'b.go', '1.10.0', ['1.10.0']],
    ['newWithOldTest', '1.9.0', 'A', 'A [Conformance]', 'a.go', '1.10.0', ['1.9.0', '1.10.0']],
    ['newWithoutTest', null, null, null, null, '1.10.0', []],
    // The history says A; B was promoted after its end and is added.
    ['old', '1.9.0', 'A', 'A [Conformance]', 'a.go', '1.8.0', ['1.9.0', '1.10.0']],
    ['oldWithNewTest', '1.10.0', 'B', 'B [Conformance]', 'b.go', '1.9.0', ['1.10.0']],
  ]);
  expect(await ask('select * from conformance.new_endpoint')).toEqual([
    ['newWithoutTest', '1.10.0', false],
    ['new', '1.10.0', true],
    ['newWithOldTest', '1.10.0', true],
    ['oldWithNewTest', '1.9.0', true],
    ['old', '1.8.0', true],
  ]);
});

test('shows coverage by release, up to the baseline', async () => {
  expect(await ask('select * from conformance.coverage_per_release')).toEqual([
    ['1.8.0', '1', '1', '0', '1', '0', '1', '0'],
    ['1.9.0', '1', '1', '0', '2', '0', '2', '0'],
    ['1.10.0', '3', '2', '1', '4', '1', '5', '0'],
  ]);
});

test('shows the tests that were seen, with their listed data', async () => {
  expect(await ask('select * from public.audit_event_test order by test collate "C"')).toEqual([
    ['1.10.0', 'A [Conformance]', true, 'A', 'a.go', '1.9.0'],
    ['1.10.0', 'B [Conformance]', true, 'B', 'b.go', '1.10.0'],
    ['1.10.0', 'C [Conformance]', true, 'C', 'c.go', '1.10.0'],
    ['1.10.0', 'not promoted', false, null, null, null],
  ]);
});

test('shows the new endpoints of each release, and the coverage at the time', async () => {
  expect(await ask('select * from conformance.progress')).toEqual([
    ['1.8.0', '1', '0', '0', '0', '0', '0', '1', '0', '0', '0'],
    ['1.9.0', '1', '1', '0', '0', '0', '1', '2', '1', '0', '0'],
    ['1.10.0', '3', '2', '2', '1', '1', '1', '5', '4', '1', '0'],
  ]);
});

test('leaves the first release open if the previous release is not loaded', async () => {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await client.query(`update conformance.history_data set newest_release = '1.8.0';
      delete from public.open_api where release = '1.9.0'; delete from public.release_data where release = '1.9.0'`);
    const found = await client.query(
      `select endpoint, first_release from conformance.eligible_endpoint_coverage order by endpoint collate "C"`,
    );
    expect(found.rows.filter((row) => row.endpoint.startsWith('new')).map((row) => row.first_release)).toEqual([
      null,
      null,
      null,
    ]);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('endpoint_tested follows every change of the hits', async () => {
  const tested = `select endpoint, conf_tested, tests from public.endpoint_tested where release = '1.9.0' order by endpoint`;
  const hit = (endpoint: string, test: string | null, conformance: boolean) =>
    database.pool.query(
      `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
       values ('1.9.0', 'x', $1, 'e2e.test', $2, true, $3)`,
      [endpoint, test, conformance],
    );
  await hit('old', 'b', false);
  await hit('old', 'a [Conformance]', true);
  await hit('early', null, false);
  expect(await ask(tested)).toEqual([
    ['early', false, []],
    ['old', true, ['a [Conformance]', 'b']],
  ]);
  await database.pool.query(
    `update public.endpoint_hit set test = 'c', conf_test_hit = false where release = '1.9.0' and test = 'a [Conformance]'`,
  );
  expect(await ask(tested)).toEqual([
    ['early', false, []],
    ['old', false, ['b', 'c']],
  ]);
  await database.pool.query(`delete from public.endpoint_hit where release = '1.9.0' and test is not null`);
  expect(await ask(tested)).toEqual([['early', false, []]]);
  await database.pool.query(`delete from public.endpoint_hit where release = '1.9.0'`);
  expect(await ask(tested)).toEqual([]);
});

test('does not call endpoints untested for a release without coverage', async () => {
  await database.pool.query(`insert into public.release_data (release, origin) values ('1.30.0', 'by hand');
    insert into public.open_api (release, endpoint, level, category, path, deprecated, method)
      values ('1.30.0', 'someday', 'stable', 'core', '/api/v1/someday', false, 'GET')`);
  expect(await ask(`select tested, conf_tested, tests from public.endpoint_coverage where release = '1.30.0'`)).toEqual(
    [[null, null, []]],
  );
});
