import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { SnoopDbError } from '../errors.ts';
import { type Pool, type PoolClient, type Queryable, rollBack, withTransaction } from './database.ts';
import { lockMigrationsExclusive } from './locks.ts';
import { grantRightsIfRoleExists } from './workbench-role.ts';

interface Migration {
  version: number;
  name: string;
  sql: string;
  digest: string;
}

const folder = new URL('../../sql/', import.meta.url);
const migrations = readMigrations();

/** Version of the newest migration of this program. */
export const schemaVersion: number = migrations.at(-1)?.version ?? 0;

/** Digest of all migrations, which identifies the schema of this program. */
export function digestSchema(): string {
  return createHash('sha256')
    .update(migrations.map(({ digest }) => digest).join())
    .digest('hex');
}

function readMigrations(): Migration[] {
  const found: Migration[] = [];
  for (const name of readdirSync(folder).sort()) {
    const version = /^(\d{4})_.+\.sql$/.exec(name)?.[1];
    if (!version) continue;
    const sql = readFileSync(new URL(name, folder), 'utf8');
    found.push({ version: Number(version), name, sql, digest: createHash('sha256').update(sql).digest('hex') });
  }
  return found;
}

/**
 * Migrates the schema to the version of this program, in one transaction. Safe to run in several processes at once: one
 * works, the others wait.
 * @throws SnoopDbError `schema_newer` if the database is newer than this program, `schema_differs` if it was created from
 *   other files; the database is unchanged then
 */
export async function migrate(pool: Pool): Promise<{ from: number; to: number }> {
  const known = await readSchemaVersion(pool);
  checkNotNewer(known);
  if (known === schemaVersion) return { from: known, to: known };
  return withTransaction(pool, async (client) => {
    await client.query(lockMigrationsExclusive());
    const from = await readSchemaVersion(client);
    checkNotNewer(from);
    await applyMigrationsAbove(client, from);
    await grantRightsIfRoleExists(client);
    return { from, to: schemaVersion };
  });
}

async function applyMigrationsAbove(client: PoolClient, from: number): Promise<void> {
  for (const { version, name, sql, digest } of migrations) {
    if (version <= from) continue;
    await client.query(sql);
    await client.query('insert into public.snoopdb_migration values ($1, $2, $3)', [version, name, digest]);
  }
}

/**
 * Calls `look` with a fresh schema, created by the migrations in a transaction that is rolled back. The existing schemas
 * are renamed within that transaction.
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
    await applyMigrationsAbove(client, 0);
    return await look();
  } finally {
    await rollBack(client);
  }
}

/** The version of the database's schema; 0: no schema. @throws SnoopDbError `schema_differs` */
export async function readSchemaVersion(client: Queryable): Promise<number> {
  // Not to_regclass(): within a transaction it may use catalog data from before the wait for the lock.
  const table = await client.query(
    `select from pg_catalog.pg_tables where schemaname = 'public' and tablename = 'snoopdb_migration'`,
  );
  if (table.rowCount === 0) return 0;
  // to_jsonb, because databases of the first development versions have no column digest.
  const applied = await client.query<{ version: number; name: string; digest: string | null }>(
    `select version, name, to_jsonb(migration) ->> 'digest' as digest
       from public.snoopdb_migration as migration order by version`,
  );
  const other = applied.rows.find(({ version, digest }) =>
    migrations.some((migration) => migration.version === version && migration.digest !== digest),
  );
  if (other) throwSchemaDiffers(other.name);
  return applied.rows.at(-1)?.version ?? 0;
}

function throwSchemaDiffers(name: string): never {
  throw new SnoopDbError(
    'schema_differs',
    `This database was created by a different, unreleased version of SnoopDB (its migration ${name} differs) and cannot ` +
      "be migrated. Delete it with 'snoop down --purge' or, if it is your own (DATABASE_URL), use an empty database or " +
      'drop the schemas public, conformance and testing.',
  );
}

function checkNotNewer(version: number): void {
  if (version <= schemaVersion) return;
  throw new SnoopDbError(
    'schema_newer',
    `The database has schema version ${version}, newer than version ${schemaVersion} of this program. ` +
      'Use a newer program or another database. Nothing was changed.',
  );
}
