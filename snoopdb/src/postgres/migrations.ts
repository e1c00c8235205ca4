import { readdirSync, readFileSync } from 'node:fs';
import type { Pool, PoolClient } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { type Queryable, rollBack, withTransaction } from './database.ts';
import { lockMigrationsExclusive } from './locks.ts';

interface Migration {
  version: number;
  name: string;
  file: URL;
}

const folder = new URL('../../sql/', import.meta.url);
const migrations = findMigrations();

/** The newest migration this program knows. */
export const schemaVersion: number = migrations.at(-1)?.version ?? 0;

function findMigrations(): Migration[] {
  const found: Migration[] = [];
  for (const name of readdirSync(folder).sort()) {
    const version = /^(\d{4})_.+\.sql$/.exec(name)?.[1];
    if (version) found.push({ version: Number(version), name, file: new URL(name, folder) });
  }
  return found;
}

/**
 * Brings the database's schema to the version this program knows, in one transaction: all of it or nothing.
 * Safe when many processes do it at once: one works, the others wait and find it done.
 * @throws SnoopDbError `schema_newer` when the database is ahead of this program; nothing is changed then.
 */
export async function migrate(pool: Pool): Promise<{ from: number; to: number }> {
  const known = await readSchemaVersion(pool);
  refuseNewer(known);
  if (known === schemaVersion) return { from: known, to: known };
  return withTransaction(pool, async (client) => {
    await client.query(lockMigrationsExclusive());
    const from = await readVersion(client);
    refuseNewer(from);
    await applyAbove(client, from);
    return { from, to: schemaVersion };
  });
}

async function applyAbove(client: PoolClient, from: number): Promise<void> {
  await createMigrationTable(client);
  for (const migration of migrations) {
    if (migration.version > from) await apply(client, migration);
  }
}

/**
 * Lets somebody look at a schema made anew by the migrations, and takes it back: nobody else sees it, nothing stays.
 * The schemas that are there are called something else meanwhile, within the transaction.
 */
export async function withFreshSchema<T>(
  client: PoolClient,
  schemas: readonly string[],
  look: () => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    await client.query(lockMigrationsExclusive());
    for (const schema of schemas) await client.query(`alter schema ${schema} rename to snoop_kept_${schema}`);
    await client.query('create schema public');
    await applyAbove(client, 0);
    return await look();
  } finally {
    await rollBack(client);
  }
}

/** The version of the database's schema; 0 when it has none. */
export function readSchemaVersion(pool: Pool): Promise<number> {
  return readVersion(pool);
}

async function readVersion(client: Queryable): Promise<number> {
  // Not to_regclass(): within a transaction it may go by what was so before the lock was waited for.
  const table = await client.query(
    `select from pg_catalog.pg_tables where schemaname = 'public' and tablename = 'snoopdb_migration'`,
  );
  if (table.rowCount === 0) return 0;
  const newest = await client.query<{ version: number | null }>(
    'select max(version) as version from public.snoopdb_migration',
  );
  return newest.rows[0]?.version ?? 0;
}

function refuseNewer(version: number): void {
  if (version <= schemaVersion) return;
  throw new SnoopDbError(
    'schema_newer',
    `The database has schema version ${version}, this program knows ${schemaVersion}. ` +
      'Nothing was changed. Use the newer program, or another database.',
  );
}

async function createMigrationTable(client: PoolClient): Promise<void> {
  await client.query(`
    create table if not exists public.snoopdb_migration (
      version integer primary key, name text not null, applied_at timestamptz not null default now());
    comment on table public.snoopdb_migration is 'The migrations of this schema that are applied';
    comment on column public.snoopdb_migration.version is 'Number of the migration';
    comment on column public.snoopdb_migration.name is 'Its file';
    comment on column public.snoopdb_migration.applied_at is 'When it was applied';`);
}

async function apply(client: PoolClient, migration: Migration): Promise<void> {
  await client.query(readFileSync(migration.file, 'utf8'));
  await client.query('insert into public.snoopdb_migration (version, name) values ($1, $2)', [
    migration.version,
    migration.name,
  ]);
}
