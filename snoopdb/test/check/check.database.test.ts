import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkDatabase, runLiveTableUpkeep, openPool, rebuildDatabase } from '../../src/index.ts';
import { loadSmallDocument, smallBounds, writeRequests } from '../support/live-table.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const live = 'live-test-writing';

async function check(): Promise<string[]> {
  const { differences } = await checkDatabase(database.pool);
  return differences.map(({ kind, what, found, wanted }) => `${kind}: ${what}: ${found} → ${wanted}`);
}

describe('damage to hits', () => {
  beforeEach(async () => {
    const { pool } = database;
    await loadSmallDocument(pool);
    await writeRequests(pool, [
      { id: 'a.1' },
      { id: 'a.2', uri: '/api/v1/pods' },
      { id: 'a.3', agent: 'e2e.test/v1 -- b [Conformance]' },
      { id: 'a.4', agent: 'kubectl/v1', uri: '/api/v1/namespaces/a', verb: 'get' },
    ]);
    await pool.query(`
      insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit) values
        ('1.36.0', 'published coverage', 'readThing', 'e2e.test', 'a test', true, false);
      insert into public.audit_event (release, source, endpoint, useragent, test, test_hit, conf_test_hit, data, is_hit, audit_id, requested_at) values
        ('1.36.0', 'a run', 'listThing', 'e2e.test/v1 -- c [Conformance]', 'c [Conformance]', true, true, '{"requestURI": "/things"}', true, '1', '2026-11-21 03:05');
      insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at) values
        ('1.36.0', 'a run', 'listThing', 'e2e.test/v1', 'c [Conformance]', true, true, '2026-11-21 03:05')`);
    expect(await check()).toEqual([]);
    expect(await rebuildDatabase(pool)).toEqual({ added: 0, deleted: 0, tested: 0, quota: 0 });
  });
  afterEach(() => database.empty());

  const unproven = `insert into testing.endpoint_hit (source, endpoint, useragent, test_hit, conf_test_hit, first_seen_at) values ('a cluster', 'x', '${live}', false, false, now())`;
  test.each<{ damage: string; found: string[] }>([
    {
      damage: `delete from testing.endpoint_hit where useragent <> 'kubectl/v1'`,
      found: [
        `missing hit: testing.endpoint_hit: listNamespacedPod by e2e.test/v1 -- b [Conformance] (source a cluster, release 1.36.3): null → a hit: events prove it`,
        `missing hit: testing.endpoint_hit: listNamespacedPod by ${live} -- a test (source a cluster, release 1.36.3): null → a hit: events prove it`,
        `missing hit: testing.endpoint_hit: listPodForAllNamespaces by ${live} -- a test (source a cluster, release 1.36.3): null → a hit: events prove it`,
        `quota: testing.hit_quota: e2e hits of a cluster: 1 → 0`,
        `quota: testing.hit_quota: live hits of a cluster: 2 → 0`,
      ],
    },
    {
      damage: unproven,
      found: [
        `unproven hit: testing.endpoint_hit: x by ${live} (source a cluster): a hit → null`,
        `quota: testing.hit_quota: live hits of a cluster: 2 → 3`,
      ],
    },
    {
      damage: `delete from testing.held_event where audit_id = 'a.4'`,
      found: [
        `unproven hit: testing.endpoint_hit: readNamespace by kubectl/v1 (source a cluster, release 1.36.3): a hit → null`,
      ],
    },
    {
      damage: `update testing.hit_quota set hits = 7 where class = 'other'`,
      found: [`quota: testing.hit_quota: other hits of a cluster: 7 → 1`],
    },
    {
      damage: `delete from public.endpoint_hit where source = 'a run'`,
      found: [
        `missing hit: public.endpoint_hit: listThing by e2e.test/v1 -- c [Conformance] (source a run, release 1.36.0): null → a hit: events prove it`,
      ],
    },
    {
      damage: `delete from public.audit_event`,
      found: [
        `unproven hit: public.endpoint_hit: listThing by e2e.test/v1 -- c [Conformance] (source a run, release 1.36.0): a hit → null`,
      ],
    },
    {
      damage: `update public.endpoint_tested set tests = '{}' where endpoint = 'readThing'`,
      found: [`tested: public.endpoint_tested: readThing of 1.36.0: tested by 0 tests → tested by 1 tests`],
    },
    {
      damage: `delete from public.endpoint_tested where endpoint = 'listThing'; insert into public.endpoint_tested values ('1.35.0', 'y', true, '{z}')`,
      found: [
        `tested: public.endpoint_tested: y of 1.35.0: tested by 1 tests, for conformance too → not tested`,
        `tested: public.endpoint_tested: listThing of 1.36.0: not tested → tested by 1 tests, for conformance too`,
      ],
    },
  ])('is found and repaired: $damage', async ({ damage, found }) => {
    const { pool } = database;
    await pool.query(damage);
    expect(await check()).toEqual(found);
    await rebuildDatabase(pool);
    expect(await check()).toEqual([]);
    expect(await rebuildDatabase(pool)).toEqual({ added: 0, deleted: 0, tested: 0, quota: 0 });
  });

  test('restores hits with their first request', async () => {
    const { pool } = database;
    const hits = `select source, release, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at, sample_verb, sample_uri, sample_code, test_cut
                    from testing.endpoint_hit order by endpoint, useragent`;
    const before = (await pool.query(hits)).rows;
    await pool.query('delete from testing.endpoint_hit');
    expect(await rebuildDatabase(pool)).toMatchObject({ added: 4, deleted: 0 });
    expect((await pool.query(hits)).rows).toEqual(before);
  });

  test('keeps hits whose events were dropped', async () => {
    const { pool } = database;
    await runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 1 });
    expect(await check()).toEqual([]);
    expect(await rebuildDatabase(pool)).toEqual({ added: 0, deleted: 0, tested: 0, quota: 0 });
    expect((await pool.query('select from testing.endpoint_hit')).rowCount).toBe(4);
  });
});

describe('schema drift', () => {
  test.each<{ drift: string; back: string; found: string[] }>([
    {
      drift: 'alter table testing.run add column mine text',
      back: 'alter table testing.run drop column mine',
      found: ['schema: column testing.run.mine: text → null'],
    },
    {
      drift: 'alter table testing.run alter column author set not null',
      back: 'alter table testing.run alter column author drop not null',
      found: ['schema: column testing.run.author: text not null → text'],
    },
    {
      drift: 'alter index testing.run_started_at rename to another',
      back: 'alter index testing.another rename to run_started_at',
      found: [
        'schema: index testing.run.run_started_at: null → CREATE INDEX run_started_at ON testing.run USING btree (started_at DESC, id DESC)',
      ],
    },
    {
      drift: `create or replace function testing.is_e2e_agent(useragent text) returns boolean language sql immutable parallel safe as 'select true'`,
      back: '',
      found: [
        expect.stringMatching(
          /^schema: function testing\.is_e2e_agent\(useragent text\): .*select true.* → .*e2e\.test/s,
        ) as string,
      ],
    },
    {
      drift: 'alter table testing.endpoint_hit disable trigger count_epoch_delete',
      back: 'alter table testing.endpoint_hit enable trigger count_epoch_delete',
      found: [
        expect.stringMatching(
          /^schema: trigger testing\.endpoint_hit\.count_epoch_delete: .*\(disabled\) → CREATE TRIGGER/,
        ) as string,
      ],
    },
    {
      drift: 'alter view testing.projected_change_in_coverage rename to another',
      back: 'alter view testing.another rename to projected_change_in_coverage',
      found: ['schema: relation testing.projected_change_in_coverage: null → view'],
    },
  ])('is reported: $drift', async ({ drift, back, found }) => {
    const { pool } = database;
    const [definition] = (
      await pool.query<{ text: string }>(
        `select pg_get_functiondef('testing.is_e2e_agent(text)'::regprocedure) as text`,
      )
    ).rows;
    await pool.query(drift);
    try {
      expect(await check()).toEqual(found);
    } finally {
      await pool.query(back || (definition?.text ?? ''));
    }
    expect(await check()).toEqual([]);
  });

  test('ignores objects of other users, and partitions', async () => {
    const { pool } = database;
    await pool.query(
      'create table public.mine (a integer); create index mine on testing.run (agent); select testing.add_held_partition(number + 1) from (select max(number) as number from testing.held_partition) as last',
    );
    expect(await checkDatabase(pool)).toEqual({
      differences: [],
      others: ['index testing.run.mine', 'relation public.mine'],
      schemaNotCompared: null,
    });
    await pool.query('drop table public.mine; drop index testing.mine');
  });

  test('reports an older schema as such', async () => {
    const { pool } = database;
    await pool.query(
      'create table kept as select * from public.snoopdb_migration; delete from public.snoopdb_migration where version > 5',
    );
    expect(await check()).toEqual([expect.stringMatching(/^schema: version of the schema: 5 → \d+$/)]);
    await pool.query('insert into public.snoopdb_migration select * from kept where version > 5; drop table kept');
  });

  test('tells a role that does not own the schemas that they were not compared', async () => {
    const role = `reader_${process.pid}`;
    const address = new URL(database.url);
    // SnoopDB's own role may make no roles; the embedded server's superuser has its password.
    if (address.username === 'apisnoop') address.username = 'postgres';
    const superuser = openPool(address.href, { max: 1 });
    await superuser.query(`create role ${role} login password 'x'; grant usage on schema public, conformance, testing to ${role};
      grant select on all tables in schema public, conformance, testing to ${role}`);
    address.username = role;
    address.password = 'x';
    const readers = openPool(address.href, { max: 1 });
    try {
      const { differences, schemaNotCompared } = await checkDatabase(readers);
      expect(differences).toEqual([]);
      expect(schemaNotCompared).toMatch(/permission denied|must be owner/);
    } finally {
      await readers.end();
      await superuser.query(`drop owned by ${role}; drop role ${role}`);
      await superuser.end();
    }
  });
});
