import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, inject } from 'vitest';
import { findWrongContents } from '../../src/check/check.ts';
import { migrate, openPool, type Pool } from '../../src/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL for all tests; the role may create databases. */
    postgresUrl: string;
  }
}

export interface TestDatabase {
  url: string;
  /** A pool on it, closed by drop(). */
  pool: Pool;
  /** Deletes every row, for the next test of the file. */
  empty(): Promise<void>;
  /** Like `empty()`; fails if `checkDatabase` finds differences, those of the schema aside. */
  checkAndEmpty(): Promise<void>;
  /** The same, but releases and the baseline in use stay: loading them takes longer than most tests. */
  checkAndEmptyLiveUse(): Promise<void>;
  /** Drops the database; fails when a connection other than the pool's is still open. */
  drop(): Promise<void>;
  /** Drops the database and ends the connections that are still open, such as those of a killed program. */
  discard(): Promise<void>;
}

/**
 * The PostgreSQL that all tests share.
 * @throws Error in a lane without PostgreSQL
 */
export function readPostgresUrl(): string {
  const url: string | undefined = inject('postgresUrl');
  if (url !== undefined) return url;
  const file = expect.getState().testPath ?? 'the test file';
  throw new Error(`This lane starts no PostgreSQL: rename ${file} to *.database.test.ts.`);
}

const templateLock = 7_306_100;

/**
 * Creates a database for one test file, a copy of a migrated template, which the first call creates.
 * @param options.migrated false for an empty database
 */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = openServerPool();
  const name = `snoop_test_${randomBytes(6).toString('hex')}`;
  try {
    const template = options.migrated === false ? 'template0' : await ensureTemplate(server);
    // Takes half as long as the default, which writes all pages to the WAL as well.
    await server.query(`create database ${name} template ${template} strategy file_copy`);
  } finally {
    await server.end();
  }
  const url = createDatabaseUrl(name);
  const pool = openPool(url, { applicationName: 'test' });
  return {
    url,
    pool,
    empty: () => empty(pool, everySchema),
    checkAndEmpty: () => checkAndEmpty(pool, everySchema),
    checkAndEmptyLiveUse: () => checkAndEmpty(pool, ['testing']),
    drop: () => drop(name, pool),
    discard: () => discard(name, pool),
  };
}

function openServerPool(): Pool {
  return openPool(readPostgresUrl(), { applicationName: 'test database', max: 1 });
}

function createDatabaseUrl(name: string): string {
  const url = new URL(readPostgresUrl());
  url.pathname = `/${name}`;
  return url.href;
}

/** Another schema is another template: tests of two states of the sources may share a server. */
function createTemplateName(): string {
  const folder = new URL('../../sql/', import.meta.url);
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith('.sql')) hash.update(file).update(readFileSync(new URL(file, folder)));
  }
  return `snoop_template_${hash.digest('hex').slice(0, 12)}`;
}

async function ensureTemplate(server: Pool): Promise<string> {
  const template = createTemplateName();
  await server.query('select pg_advisory_lock($1)', [templateLock]);
  try {
    const found = await server.query('select from pg_database where datname = $1', [template]);
    if (found.rowCount === 0) {
      // Under another name until it is ready, so that an incomplete template is never used.
      const unfinished = `${template}_unfinished`;
      await dropDatabase(server, unfinished);
      await server.query(`create database ${unfinished} template template0`);
      const pool = openPool(createDatabaseUrl(unfinished), { max: 1 });
      await migrate(pool);
      await pool.end();
      await waitUntilAlone(server, unfinished);
      await server.query(`alter database ${unfinished} rename to ${template}`);
    }
  } finally {
    await server.query('select pg_advisory_unlock($1)', [templateLock]);
  }
  return template;
}

const everySchema = ['public', 'conformance', 'testing'];

async function empty(pool: Pool, schemas: readonly string[]): Promise<void> {
  // The order of names respects the foreign keys.
  await pool.query(`
    do $$
    declare
      relation regclass;
    begin
      for relation in
        select oid from pg_class
         where relkind = 'r' and relname not in ('snoopdb_migration', 'epoch', 'held_partition')
           and relnamespace = any ('{${schemas.join()}}'::regnamespace[])
         order by relname
      loop
        execute 'delete from ' || relation;
      end loop;
    end
    $$`);
}

async function checkAndEmpty(pool: Pool, schemas: readonly string[]): Promise<void> {
  try {
    expect(await findWrongContents(pool)).toEqual([]);
  } finally {
    await empty(pool, schemas);
  }
}

async function drop(name: string, pool: Pool): Promise<void> {
  await pool.end();
  const server = openServerPool();
  try {
    const left = await waitUntilAlone(server, name);
    await dropDatabase(server, name);
    if (left.length > 0) throw new Error(`Connections were left open: ${left.join('; ')}`);
  } finally {
    await server.end();
  }
}

async function discard(name: string, pool: Pool): Promise<void> {
  await pool.end();
  const server = openServerPool();
  await dropDatabase(server, name).finally(() => server.end());
}

/**
 * Drops a database and ends its connections of this role. An autovacuum worker ends by itself; only a superuser could end
 * it, so `with (force)` is not used.
 */
async function dropDatabase(server: Pool, name: string): Promise<void> {
  await server.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = $1 and usename = current_user and backend_type = 'client backend'`,
    [name],
  );
  await server.query(`drop database if exists ${name}`);
}

/** The server notices a closed connection a moment later. */
async function waitUntilAlone(server: Pool, database: string): Promise<string[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await server.query<{ connection: string }>(
      `select application_name || ': ' || query as connection from pg_stat_activity
        where datname = $1 and backend_type = 'client backend'`,
      [database],
    );
    if (found.rows.length === 0 || Date.now() > deadline) return found.rows.map((row) => row.connection);
    await server.query('select pg_sleep(0.01)');
  }
}
