import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function ask(sql: string, values: string[] = []): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, values, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

test('every relation and column has a description', async () => {
  expect(
    await ask(`select schema || '.' || name from describe_relations() where coalesce(description, '') = ''`),
  ).toEqual([]);
  expect(
    await ask(`select relation.schema || '.' || relation.name || '.' || described."column"
                 from describe_relations() as relation,
                      describe_columns(relation.schema, relation.name) as described
                where coalesce(described.description, '') = ''`),
  ).toEqual([]);
});

test('every schema, index, function, type and trigger of ours has a description', async () => {
  expect(
    await ask(`
      select 'schema ' || nspname from pg_namespace
       where nspname in ('conformance', 'testing') and obj_description(oid, 'pg_namespace') is null
      union all
      select 'function ' || oid::regprocedure from pg_proc
       where pronamespace::regnamespace::text in ('public', 'conformance', 'testing') and obj_description(oid, 'pg_proc') is null
      union all
      select 'index ' || class.oid::regclass from pg_class as class join pg_index on indexrelid = class.oid
       where class.relnamespace::regnamespace::text in ('public', 'conformance', 'testing')
         and not indisprimary and not class.relispartition and obj_description(class.oid, 'pg_class') is null
      union all
      select 'sequence ' || class.oid::regclass from pg_class as class
       where class.relkind = 'S' and class.relnamespace::regnamespace::text in ('public', 'conformance', 'testing')
         and not exists (select from pg_depend where objid = class.oid and deptype in ('i', 'a'))
         and obj_description(class.oid, 'pg_class') is null
      union all
      select 'trigger ' || tgname from pg_trigger where not tgisinternal and obj_description(oid, 'pg_trigger') is null
      union all
      select 'type ' || typname from pg_type join pg_class on pg_class.oid = typrelid
       where relkind = 'c' and typnamespace::regnamespace::text in ('public', 'conformance', 'testing')
         and obj_description(pg_type.oid, 'pg_type') is null`),
  ).toEqual([]);
});

test('describes one relation and one column', async () => {
  expect(await ask('select * from describe_relation($1, $2)', ['testing', 'projected_change_in_coverage'])).toEqual([
    [
      'testing',
      'projected_change_in_coverage',
      expect.stringMatching(
        /^How many more endpoints of the baseline would be tested if the live tests were e2e tests/,
      ),
    ],
  ]);
  expect(await ask('select * from describe_column($1, $2, $3)', ['public', 'open_api', 'endpoint'])).toEqual([
    ['endpoint', 'The operationId of the OpenAPI document'],
  ]);
  expect(await ask('select * from describe_column($1, $2, $3)', ['public', 'open_api', 'nothing'])).toEqual([]);
});

test('has the relations and columns that users know, in this order', async () => {
  const known: Record<string, string> = {
    'public.open_api':
      'release release_date endpoint level category path k8s_group k8s_version k8s_kind k8s_action deprecated description spec',
    'public.audit_event':
      'release release_date audit_id endpoint useragent test test_hit conf_test_hit data source id ingested_at',
    'testing.audit_event':
      'release release_date audit_id endpoint useragent test test_hit conf_test_hit data source id ingested_at',
    'conformance.test': 'testname codename release description file',
    'conformance.ineligible_endpoint': 'endpoint reason link',
    'conformance.pending_eligible_endpoint': 'endpoint',
    'public.endpoint_coverage':
      'release endpoint level category path description kind version group action tested conf_tested tests',
    'public.audit_event_test': 'release test conformance_test testname file promotion_release',
    'conformance.eligible_endpoint': 'endpoint',
    'conformance.eligible_endpoint_coverage':
      'endpoint first_conformance_test test codename file first_release all_test_releases',
    'conformance.progress':
      'release new_endpoints new_tests new_endpoints_promoted_with_tests new_endpoints_covered_by_new_tests ' +
      'new_endpoints_covered_by_old_tests old_endpoints_covered_by_new_tests total_endpoints total_tested_endpoints ' +
      'endpoints_still_untested_today',
    'conformance.coverage_per_release':
      'release|new endpoints|tested|untested|total tested|total untested|total endpoints',
    'conformance.new_endpoint': 'endpoint release tested',
    'testing.untested_stable_endpoint':
      'release endpoint level category path description kind version group action tested conf_tested tests eligible',
    'testing.endpoint_hit_by_new_test': 'useragent endpoint hit_by_ete hit_by_new_test',
    'testing.projected_change_in_coverage': 'category total_endpoints old_coverage new_coverage change_in_number',
  };
  for (const [relation, columns] of Object.entries(known)) {
    const [schema = '', name = ''] = relation.split('.');
    const found = await ask('select "column" from describe_columns($1, $2)', [schema, name]);
    const wanted = columns.split(columns.includes('|') ? '|' : ' ');
    expect([relation, ...found.slice(0, wanted.length)]).toEqual([relation, ...wanted]);
  }
});
