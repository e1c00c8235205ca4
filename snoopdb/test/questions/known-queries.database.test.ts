import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventWriter, useNearestBaseline } from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

// The queries that people of SnoopDB have in their notes, word for word.
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await useNearestBaseline(database.pool, '1.36.0');
  const writer = createEventWriter(database.pool, { source: 'a cluster' });
  const hpa = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
  await writer.write(
    writeBody([
      writeEvent({ auditID: '1', requestURI: hpa, userAgent: 'live-test-writing -- HPA' }),
      writeEvent({ auditID: '2', requestURI: hpa, userAgent: 'live-test-writing -- HPA' }),
      writeEvent({ auditID: '3', userAgent: 'live-test-writing' }),
      writeEvent({ auditID: '4', userAgent: 'kubectl/v1.36.0' }),
    ]),
  );
  const job =
    'https://prow.k8s.io/view/gcs/kubernetes-ci-logs/logs/ci-kubernetes-audit-kind-conformance/2046067954545594368';
  await database.pool.query(
    `insert into public.audit_event (release, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source)
     values ('1.36.0', 'a', 'listCoreV1NamespacedPod', 'e2e.test/v1 -- x [Conformance]', 'x [Conformance]', true, true, '{}', $1),
            ('1.36.0', 'b', 'listCoreV1NamespacedPod', 'e2e.test/v1 -- y', 'y', true, false, '{}', 'a file')`,
    [job],
  );
});
afterAll(() => database.drop());

async function ask(sql: string): Promise<unknown[][]> {
  const found = await database.pool.query<unknown[]>({ text: sql, rowMode: 'array' });
  return found.rows;
}

test('endpoints that first came with a release', async () => {
  await database.pool.query(
    `insert into public.open_api (release, endpoint, level, category, path, deprecated, method)
     select '1.9.0', endpoint, level, category, path, deprecated, method from public.open_api
      where release = '1.36.0' and endpoint <> 'listCoreV1Pod' and endpoint <> 'listCoreV1Node'`,
  );
  await database.pool.query(`delete from public.open_api where release = '1.36.0' and endpoint = 'listCoreV1Pod'`);
  expect(
    await ask(`
      with endpoint_and_first_release as (
       select endpoint, level, (array_agg(release order by release::semver))[1] as first_release
        from open_api group by level, endpoint)
      select level, endpoint, first_release from endpoint_and_first_release where first_release = '1.36.0' and level='stable';`),
  ).toEqual([['stable', 'listCoreV1Node', '1.36.0']]);
  await database.pool.query(`delete from public.open_api where release = '1.9.0'`);
});

test('the CI jobs of a release', async () => {
  expect(
    await ask(
      `select distinct release, split_part(source,'/',8) as "prow-job" from audit_event where source like 'https://prow.k8s.io%';`,
    ),
  ).toEqual([['1.36.0', 'ci-kubernetes-audit-kind-conformance']]);
});

test('conformance tests that were seen', async () => {
  expect(await ask(`select distinct test from audit_event where test ilike '%Conformance%' limit 5;`)).toEqual([
    ['x [Conformance]'],
  ]);
});

test('untested endpoints', async () => {
  expect(
    await ask(
      `SELECT endpoint, kind FROM testing.untested_stable_endpoint where eligible is true and category = 'core' order by kind, endpoint desc limit 5;`,
    ),
  ).toEqual([]);
  expect(
    await ask(
      `select endpoint, path, kind from testing.untested_stable_endpoint where eligible is true and endpoint ilike '%Event%' order by kind, endpoint limit 10;`,
    ),
  ).toEqual([]);
  // In 1.36.0 nothing eligible is untested; what is not eligible is there, and says so.
  expect(
    await ask(`select eligible, count(*)::integer from testing.untested_stable_endpoint group by eligible`),
  ).toEqual([[false, 74]]);
});

test('endpoints that new tests hit, and the change of coverage', async () => {
  expect((await ask('select * from testing.endpoint_hit_by_new_test;')).sort()).toEqual([
    ['live-test-writing', 'listAutoscalingV2NamespacedHorizontalPodAutoscaler', false, '2'],
    ['live-test-writing', 'listCoreV1NamespacedPod', true, '1'],
  ]);
  expect(await ask('select change_in_number from testing.projected_change_in_coverage;')).toEqual([['1']]);
  expect(
    (await ask(`select distinct useragent from testing.audit_event where useragent like 'live%';`)).sort(),
  ).toEqual([['live-test-writing'], ['live-test-writing -- HPA']]);
});

test('relations', async () => {
  const relations = await ask('select * from describe_relations();');
  expect(relations.map(([schema, name]) => `${schema}.${name}`)).toContain('testing.projected_change_in_coverage');
  expect(relations.every(([, , description]) => typeof description === 'string' && description !== '')).toBe(true);
});

test('refuses to delete live events, with the command that removes them', async () => {
  await expect(database.pool.query('delete from testing.audit_event')).rejects.toMatchObject({
    message: 'Live events cannot be deleted with SQL: their hits would stay',
    hint: expect.stringContaining('snoop db reset-live'),
  });
});
