import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDatabase, migrate, openPool, readSchemaVersion, schemaVersion } from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

describe('migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
  });
  afterAll(() => database.drop());

  test('twenty concurrent processes apply each migration once', async () => {
    expect(await readSchemaVersion(database.pool)).toBe(0);
    const pools = Array.from({ length: 20 }, () => openPool(database.url, { max: 1, connectTimeoutMs: 60_000 }));
    const settled = await Promise.allSettled(pools.map((pool) => migrate(pool)));
    await Promise.all(pools.map((pool) => pool.end()));
    const results = settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason));
    expect(results.filter((result) => result.from === 0)).toHaveLength(1);
    expect(results.every((result) => result.to === schemaVersion)).toBe(true);
    const applied = await database.pool.query('select version from public.snoopdb_migration order by version');
    expect(applied.rows.map((row) => row.version)).toEqual(Array.from({ length: schemaVersion }, (_, i) => i + 1));
  });

  test('a newer schema is refused and not changed', async () => {
    const newer = schemaVersion + 7;
    await database.pool.query(`insert into public.snoopdb_migration values ($1, 'from the future', 'its digest')`, [
      newer,
    ]);
    await expect(migrate(database.pool)).rejects.toMatchObject({
      code: 'schema_newer',
      message: `The database has schema version ${newer}, newer than version ${schemaVersion} of this program. Use a newer program or another database. Nothing was changed.`,
    });
    expect(await readSchemaVersion(database.pool)).toBe(newer);
    await database.pool.query('delete from public.snoopdb_migration where version = $1', [newer]);
  });

  test.each([
    {
      of: 'the first development versions, whose fourteen files had no digests',
      change: `alter table public.snoopdb_migration drop column digest;
        insert into public.snoopdb_migration select number, number || '_old.sql' from generate_series(${schemaVersion + 1}, 14) as number`,
      name: '0001_releases.sql',
    },
    {
      of: 'a file that was edited since',
      change: `update public.snoopdb_migration set digest = 'another' where version = 3`,
      name: '0003_baseline.sql',
    },
    {
      of: 'a newer version of a file that was edited since',
      change: `update public.snoopdb_migration set digest = 'another' where version = 4;
        insert into public.snoopdb_migration values (9999, 'from the future', 'its digest')`,
      name: '0004_lists.sql',
    },
  ])('a database of $of is refused and not changed', async ({ change, name }) => {
    const { pool } = database;
    await pool.query(change);
    const read = () => pool.query('select * from public.snoopdb_migration order by version');
    const { rows } = await read();
    const refusal = {
      code: 'schema_differs',
      message: `This database was created by a different, unreleased version of SnoopDB (its migration ${name} differs) and cannot be migrated. Delete it with 'snoop down --purge' or, if it is your own (DATABASE_URL), use an empty database or drop the schemas public, conformance and testing.`,
    };
    await expect(migrate(pool)).rejects.toMatchObject(refusal);
    await expect(readSchemaVersion(pool)).rejects.toMatchObject(refusal);
    await expect(checkDatabase(pool)).rejects.toMatchObject(refusal);
    expect((await read()).rows).toEqual(rows);
    await pool.query('drop schema public, conformance, testing cascade');
    expect(await migrate(pool)).toEqual({ from: 0, to: schemaVersion });
  });

  test('every object has a comment', async () => {
    const bare = await database.pool.query(`
      with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'conformance', 'testing'))
      select 'relation ' || c.oid::regclass as what from pg_class c join ours on ours.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v') and obj_description(c.oid, 'pg_class') is null
      union all
      select 'column ' || c.oid::regclass || '.' || a.attname from pg_class c
        join ours on ours.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
       where c.relkind in ('r', 'p', 'v', 'c') and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null
      union all
      select 'function ' || p.oid::regprocedure from pg_proc p join ours on ours.oid = p.pronamespace
       where obj_description(p.oid, 'pg_proc') is null
      union all
      select 'schema ' || ours.nspname from ours where obj_description(ours.oid, 'pg_namespace') is null`);
    expect(bare.rows).toEqual([]);
  });

  test('versions are ordered by semver', async () => {
    const versions = [
      '1.10.0',
      '1.9.0',
      '1.36.0-rc.1',
      '1.36.0',
      'v1.36.3',
      '1.36.0-beta.10',
      '1.36.0-beta.2',
      'unknown',
      '1.8',
    ];
    const ordered = await database.pool.query<{ version: string }>(
      'select version from unnest($1::text[]) as v (version) order by version::semver',
      [versions],
    );
    expect(ordered.rows.map((row) => row.version)).toEqual([
      'unknown',
      '1.8',
      '1.9.0',
      '1.10.0',
      '1.36.0-beta.2',
      '1.36.0-beta.10',
      '1.36.0-rc.1',
      '1.36.0',
      'v1.36.3',
    ]);
  });
});
