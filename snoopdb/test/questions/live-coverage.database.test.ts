import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createEventWriter, loadClusterDocument, useNearestBaseline } from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestRandom } from '../support/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.empty());
afterAll(() => database.drop());

async function ask(sql: string): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

const hits = 'select * from testing.endpoint_hit_by_new_test order by useragent, endpoint';
const change = 'select * from testing.projected_change_in_coverage';

test('has empty views and one projection row without a baseline', async () => {
  expect(await ask('select count(*)::int from testing.untested_stable_endpoint')).toEqual([0]);
  expect(await ask(hits)).toEqual([]);
  expect(await ask(change)).toEqual([['test_coverage', '0', '0', '0', '0', '0']]);
});

test('counts the right events', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const hpa = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
  const writer = createEventWriter(database.pool, { source: 'a cluster' });
  await writer.write(
    writeBody([
      // Counts once: stages of one request.
      writeEvent({ auditID: '1', stage: 'RequestReceived', responseStatus: undefined, requestURI: hpa }),
      writeEvent({ auditID: '1', stage: 'ResponseStarted', requestURI: hpa }),
      writeEvent({ auditID: '1', requestURI: hpa }),
      // A second request, of another test of the same agent.
      writeEvent({ auditID: '2', requestURI: hpa, userAgent: 'live-test-writing -- another' }),
      // Tested already.
      writeEvent({ auditID: '3' }),
      // An upgrade.
      writeEvent({ auditID: '4', verb: 'get', requestURI: '/api/v1/nodes/n/proxy', code: 101 }),
      // None of these: refused, a dry run, received only, deprecated, outside the baseline, no test agent, an e2e test.
      writeEvent({ auditID: '5', verb: 'create', requestURI: hpa, code: 403 }),
      writeEvent({ auditID: '6', verb: 'create', requestURI: `${hpa}?dryRun=All`, code: 201 }),
      writeEvent({
        auditID: '7',
        verb: 'delete',
        requestURI: `${hpa}/x`,
        stage: 'RequestReceived',
        responseStatus: undefined,
      }),
      writeEvent({ auditID: '8', verb: 'watch', requestURI: '/apis/autoscaling/v2/watch/horizontalpodautoscalers' }),
      writeEvent({ auditID: '9', verb: 'list', requestURI: '/apis/shop.example.com/v1/widgets' }),
      writeEvent({ auditID: '10', verb: 'patch', requestURI: `${hpa}/x`, userAgent: 'kubectl/v1.36.0' }),
      writeEvent({ auditID: '11', verb: 'patch', requestURI: `${hpa}/x`, userAgent: 'livenessprobe/1.0' }),
      writeEvent({ auditID: '12', verb: 'patch', requestURI: `${hpa}/x`, userAgent: 'e2e.test/v1 -- x [Conformance]' }),
    ]),
  );
  expect(await ask(hits)).toEqual([
    ['live-test-writing', 'connectCoreV1GetNodeProxy', false, '1'],
    ['live-test-writing', 'listAutoscalingV2NamespacedHorizontalPodAutoscaler', false, '2'],
    ['live-test-writing', 'listCoreV1NamespacedPod', true, '1'],
  ]);
  expect(await ask(change)).toEqual([['test_coverage', '908', '591', '593', '2', '0']]);
  // Live work never changes what is published.
  expect(await ask(`select count(*)::int from public.endpoint_coverage where tested`)).toEqual([591]);
  expect(await ask(`select count(*)::int from testing.untested_stable_endpoint`)).toEqual([74]);
});

test('an endpoint that only the cluster has does not count', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const paths = { '/apis/shop.example.com/v1/widgets': { get: { operationId: 'listShopExampleComV1Widget' } } };
  await loadClusterDocument(database.pool, { source: 'a cluster', version: '1.36.3', etag: null, document: { paths } });
  const writer = createEventWriter(database.pool, { source: 'a cluster' });
  await writer.write(writeBody([writeEvent({ requestURI: '/apis/shop.example.com/v1/widgets' })]));
  expect(await ask('select endpoint, is_hit from testing.audit_event')).toEqual([['listShopExampleComV1Widget', true]]);
  expect(await ask(hits)).toEqual([]);
  expect(await ask(change)).toEqual([['test_coverage', '908', '591', '591', '0', '0']]);
});

describe('on random events', () => {
  test('the views agree with a slow query of the events', async () => {
    await useNearestBaseline(database.pool, '1.36.3');
    const random = createTestRandom();
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const operations = await database.pool.query<{ path: string; method: string }>(
      `select path, method from public.open_api where method in ('GET', 'POST', 'DELETE') and endpoint !~ 'Proxy' order by md5(endpoint) limit 150`,
    );
    const verbs: Record<string, string> = { GET: 'get', POST: 'create', DELETE: 'delete' };
    const agents = [
      'live-test-writing',
      'live-test-writing -- a',
      'live-test-writing -- b -- c',
      'live-testing/2 -- d',
      'kubectl/v1',
      'livenessprobe/1',
      'e2e.test/v1 -- e',
    ];
    const writer = createEventWriter(database.pool, { source: 'a cluster' });
    for (let body = 0; body < 20; body += 1) {
      const events = Array.from({ length: 100 }, () => {
        const { path, method } = pick(operations.rows);
        const requestURI = path.replace(/\{[^}]+\}/g, 'x') + pick(['', '', '?limit=1', '?dryRun=All', '/']);
        const stage = pick(['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'ResponseComplete']);
        const event = writeEvent({
          auditID: `id ${Math.floor(random() * 800)}`,
          verb: verbs[method] ?? '',
          requestURI: requestURI.replace('//', '/'),
          stage,
          userAgent: pick(agents),
          code: pick([200, 201, 101, 204, 404, 409, 500]),
          x: 1,
        });
        return random() < 0.05 ? event.replace('"x":1', '"x":"\\u0000"') : event;
      });
      const bytes = writeBody(events);
      await writer.write(bytes);
      if (random() < 0.3) await writer.write(bytes);
    }
    // Only from events, including rejected ones, and of our own columns only the endpoint.
    const reference = `
      with event as (
        select useragent, audit_id, endpoint, stage, data ->> 'requestURI' as uri, (data #>> '{responseStatus,code}')::int as code from testing.audit_event
        union all select useragent, audit_id, endpoint, stage, request_uri, code from testing.rejected_event
      ), api as (select * from public.open_api where release = '1.36.0' and not deprecated
      ), tested as (select distinct endpoint from public.endpoint_hit where release = '1.36.0' and test_hit
      ), hit as (
        select split_part(useragent, ' -- ', 1) as useragent, endpoint, audit_id from event
         where useragent like 'live-test%' and stage <> 'RequestReceived' and (code / 100 = 2 or code = 101) and uri not like '%dryRun%'
           and endpoint in (select endpoint from api))`;
    const expectedHits = await ask(`${reference}
      select useragent, endpoint, endpoint in (select endpoint from tested), count(distinct audit_id) from hit group by 1, 2 order by 1, 2`);
    expect(expectedHits.length).toBeGreaterThan(50);
    expect(await ask(hits)).toEqual(expectedHits);
    expect(await ask(change)).toEqual(
      await ask(`${reference}, counted as (
        select count(*) as total, count(*) filter (where endpoint in (select endpoint from tested)) as old,
               count(*) filter (where endpoint in (select endpoint from tested union select endpoint from hit)) as new from api)
        select 'test_coverage', total, old, new, new - old, 0::bigint from counted`),
    );
  });
});
