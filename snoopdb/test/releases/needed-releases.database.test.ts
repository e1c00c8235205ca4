import { afterEach, beforeAll, afterAll, expect, test } from 'vitest';
import { askCoverage, loadBaseline, openPool, readBaseline, loadNeededReleases, useBaseline } from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => database.empty());

const nameBaseline = async (): Promise<string | undefined> => (await readBaseline(database.pool))?.release;

test('a shipped release is loaded once on demand, also by concurrent requests', async () => {
  const { pool } = database;
  await Promise.all([loadNeededReleases(pool, ['1.35', 'v1.35.0']), loadNeededReleases(pool, ['1.35.0'])]);
  expect(await loadNeededReleases(pool, ['1.35'])).toEqual([]);
  expect(await loadNeededReleases(pool, ['1.20'])).toEqual([]);
  expect((await askCoverage(pool, '1.35')).total).toMatchObject({ endpoints: 863, tested: 575 });
});

test('a question does not change the baseline', async () => {
  const { pool } = database;
  await loadBaseline(pool, '1.34');
  expect(await nameBaseline()).toBe('1.34.0');
  expect(await loadNeededReleases(pool, ['1.34', '1.36'])).toEqual(['1.36.0']);
  expect(await nameBaseline()).toBe('1.34.0');
  // Chosen, or loaded by a person, it is as any other.
  await useBaseline(pool, '1.36');
  expect(await nameBaseline()).toBe('1.36.0');
  await pool.query('delete from public.baseline');
  expect(await nameBaseline()).toBe('1.34.0');
  await loadBaseline(pool, '1.36');
  expect(await nameBaseline()).toBe('1.36.0');
});

test('chooses the newest baseline even if the first question is about an old release', async () => {
  expect(await loadNeededReleases(database.pool, ['1.33'])).toEqual(['1.33.0']);
  expect(await nameBaseline()).toBe(undefined);
  expect(await loadNeededReleases(database.pool, 'baseline')).toEqual(['1.37.0']);
  expect(await nameBaseline()).toBe('1.37.0');
});

test('queries a read-only database as it is, with advice if the release is missing', async () => {
  const url = new URL(database.url);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  const reader = openPool(url.href, { applicationName: 'test' });
  try {
    await expect(loadNeededReleases(reader, 'baseline')).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(loadNeededReleases(reader, ['1.35'])).rejects.toMatchObject({
      code: 'not_allowed',
      message:
        'Release 1.35.0 is not loaded in this SnoopDB, and this role may not load it. As the owner, run: snoop load baseline 1.35.0 --database-url URL.',
    });
    await loadNeededReleases(database.pool, ['1.35']);
    expect(await loadNeededReleases(reader, ['1.35'])).toEqual([]);
    expect((await askCoverage(reader, '1.35')).total.endpoints).toBe(863);
  } finally {
    await reader.end();
  }
});

test('refuses a text that is not a release', async () => {
  await expect(loadNeededReleases(database.pool, ['newest'])).rejects.toMatchObject({ code: 'bad_release' });
});
