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

/** The newest migration this program knows. */
export const schemaVersion: number = migrations.at(-1)?.version ?? 0;

/** Tells the schema that this program makes from that of every other version. */
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
 * Brings the database's schema to the version this program knows, in one transaction: all of it or nothing.
 * Safe when many processes do it at once: one works, the others wait and find it done.
 * @throws SnoopDbError `schema_newer` when the database is ahead of this program, `schema_differs` when it was made from
 *   other files; nothing is changed then.
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
    await applyMigrationsAbove(client, 0);
    return await look();
  } finally {
    await rollBack(client);
  }
}

/** The version of the database's schema; 0 when it has none. @throws SnoopDbError `schema_differs` */
export async function readSchemaVersion(client: Queryable): Promise<number> {
  // Not to_regclass(): within a transaction it may go by what was so before the lock was waited for.
  const table = await client.query(
    `select from pg_catalog.pg_tables where schemaname = 'public' and tablename = 'snoopdb_migration'`,
  );
  if (table.rowCount === 0) return 0;
  // Databases of the first development versions have no column digest.
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
      "be migrated: delete it with 'snoop down --purge' or, if it is your own (DATABASE_URL), use an empty database or " +
      'drop the schemas public, conformance and testing.',
  );
}

function checkNotNewer(version: number): void {
  if (version <= schemaVersion) return;
  throw new SnoopDbError(
    'schema_newer',
    `The database has schema version ${version}, this program knows ${schemaVersion}. ` +
      'Nothing was changed. Use the newer program, or another database.',
  );
}
