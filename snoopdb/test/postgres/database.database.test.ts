import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { isDatabaseAway, openPool, toError, withTransaction } from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function catchError(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return toError(error);
  }
  throw new Error('it did not fail');
}

describe('a transaction', () => {
  test('rejects if it failed before its COMMIT, although the server accepts the COMMIT', async () => {
    const work = withTransaction(database.pool, async (client) => {
      await client.query(`insert into conformance.listed_pending values ('1.36.0', 'a')`);
      await client.query('select 1 / 0').catch(() => {});
    });
    await expect(work).rejects.toMatchObject({ code: 'commit_failed' });
    expect((await database.pool.query('select from conformance.listed_pending')).rowCount).toBe(0);
  });

  test('does not return a broken connection to the pool', async () => {
    const pool = openPool(database.url, { max: 1 });
    const work = withTransaction(pool, (client) => client.query('select pg_terminate_backend(pg_backend_pid())'));
    expect(isDatabaseAway(await catchError(work))).toBe(true);
    expect((await pool.query('select 5 as five')).rows).toEqual([{ five: 5 }]);
    await pool.end();
  });
});

test('reads a password from a file as psql does, without a warning', async (context) => {
  const { href, password, username } = new URL(database.url);
  if (password === '') context.skip('this server asks for no password: a wrong one would do as well');
  const url = new URL(href);
  url.password = '';
  const folder = await mkdtemp(join(tmpdir(), 'snoop-password-'));
  const file = join(folder, 'pgpass');
  vi.stubEnv('PGPASSFILE', file);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(async () => {
    process.off('warning', onWarning);
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  const connect = async (): Promise<unknown> => {
    const pool = openPool(url.href, { max: 1 });
    try {
      return (await pool.query('select current_user as name')).rows;
    } finally {
      await pool.end();
    }
  };
  await expect(connect()).rejects.toThrow('password');
  await writeFile(file, '*:*:*:*:wrong\n', { mode: 0o600 });
  await expect(connect()).rejects.toMatchObject({ code: '28P01' });
  await writeFile(file, `*:1:*:*:wrong\n*:*:*:${username}:${decodeURIComponent(password)}\n`);
  expect(await connect()).toEqual([{ name: username }]);
  expect(warnings).toEqual([]);
});

describe('reports that the database is unavailable', () => {
  test('when no server listens', async () => {
    const pool = openPool('postgresql://nobody@127.0.0.1:1/nothing');
    expect(isDatabaseAway(await catchError(pool.query('select 1')))).toBe(true);
    await pool.end();
  });

  test('when an idle connection is ended, and only until the next query', async () => {
    const pool = openPool(database.url, { applicationName: 'idle', max: 1 });
    const pid = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    await database.pool.query('select pg_terminate_backend($1)', [pid.rows[0]?.pid]);
    await removed;
    expect((await pool.query('select 5 as five')).rows).toEqual([{ five: 5 }]);
    await pool.end();
  });

  test('but not when a statement is wrong', async () => {
    expect(isDatabaseAway(await catchError(database.pool.query('select nothing from nowhere')))).toBe(false);
    expect(isDatabaseAway(undefined)).toBe(false);
  });
});
