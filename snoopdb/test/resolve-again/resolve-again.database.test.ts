import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEventWriter, loadClusterDocument, resolveAgain } from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { documentWithWidgets, smallDocument } from '../support/small-document.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const uri = '/apis/shop.example.com/v1/namespaces/default/widgets';
const list = 'listShopExampleComV1NamespacedWidget';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query(
    'truncate testing.held_event, testing.held_rejection, testing.endpoint_hit, testing.body_ledger',
  );
  await database.pool.query('truncate testing.cluster cascade');
  await database.pool.query('truncate testing.forgotten');
});

async function write(source: string, events: readonly string[]): Promise<void> {
  await createEventWriter(database.pool, { source }).write(writeBody(events));
}

async function load(source: string, document: unknown, version = '1.36.0'): Promise<void> {
  await loadClusterDocument(database.pool, { source, version, etag: null, document });
}

async function askRows<T>(sql: string): Promise<T[]> {
  return (await database.pool.query(sql)).rows as T[];
}

test('resolves more events than fit in a batch, of several sources, and only those that a document may resolve', async () => {
  const { pool } = database;
  for (const source of ['one', 'two', 'three']) await load(source, smallDocument);
  const many = Array.from({ length: 4_100 }, () => writeEvent({ requestURI: uri, verb: 'list' }));
  await write('one', [...many, writeEvent({ requestURI: '/healthz' }), writeEvent({ requestURI: 'odd' })]);
  await write('two', [writeEvent({ requestURI: uri, verb: 'list' }), writeEvent({ requestURI: `${uri}/nothing` })]);
  await write('three', [writeEvent({ requestURI: uri, verb: 'list' })]);
  expect(await resolveAgain(pool)).toEqual({ checked: 0, resolved: 0 });

  await load('one', documentWithWidgets);
  await load('two', documentWithWidgets);
  expect(await resolveAgain(pool)).toEqual({ checked: 4_102, resolved: 4_101 });
  expect(await resolveAgain(pool)).toEqual({ checked: 0, resolved: 0 });
  expect(
    await askRows(
      `select source, endpoint, reason, count(*)::integer from testing.audit_event group by 1, 2, 3 order by 1, 2, 3`,
    ),
  ).toEqual([
    { source: 'one', endpoint: list, reason: null, count: 4_100 },
    { source: 'one', endpoint: null, reason: 'malformed request', count: 1 },
    { source: 'one', endpoint: null, reason: 'non-resource path', count: 1 },
    { source: 'three', endpoint: null, reason: 'not in this release', count: 1 },
    { source: 'two', endpoint: list, reason: null, count: 1 },
    { source: 'two', endpoint: null, reason: 'not in this release', count: 1 },
  ]);
});

test('creates the hits of the events: their release, a request as proof, no failures and dry runs', async () => {
  await load('shop', smallDocument, '1.35.2');
  const userAgent = 'live-test-shop -- sells';
  await write('shop', [
    writeEvent({ requestURI: `${uri}?limit=3`, verb: 'list', userAgent }),
    writeEvent({ requestURI: uri, verb: 'create', userAgent, code: 409 }),
    writeEvent({ requestURI: `${uri}?dryRun=All`, verb: 'create', userAgent }),
  ]);
  await load('shop', documentWithWidgets, '1.36.1');
  expect(await resolveAgain(database.pool, 'shop')).toEqual({ checked: 3, resolved: 3 });
  expect(
    await askRows(
      'select release, endpoint, useragent, test, sample_verb, sample_uri, sample_code from testing.endpoint_hit',
    ),
  ).toEqual([
    {
      release: '1.35.2',
      endpoint: list,
      useragent: 'live-test-shop',
      test: 'sells',
      sample_verb: 'list',
      sample_uri: `${uri}?limit=3`,
      sample_code: 200,
    },
  ]);
});

test('does not restore what was forgotten', async () => {
  await load('shop', smallDocument);
  await write('shop', [writeEvent({ auditID: 'run-1.1', requestURI: uri, verb: 'list' })]);
  await database.pool.query(`insert into testing.forgotten (run) values ('run-1')`);
  await load('shop', documentWithWidgets);
  expect(await resolveAgain(database.pool)).toEqual({ checked: 0, resolved: 0 });
  expect(await askRows('select * from testing.endpoint_hit')).toEqual([]);
});

test('resolves events of a cluster whose document arrived after them', async () => {
  await write('late', [writeEvent({ requestURI: '/api/v1/pods', verb: 'list' })]);
  expect(await askRows('select reason from testing.audit_event')).toEqual([{ reason: 'no document' }]);
  expect(await resolveAgain(database.pool)).toEqual({ checked: 1, resolved: 0 });
  await load('late', smallDocument);
  expect(await resolveAgain(database.pool)).toEqual({ checked: 1, resolved: 1 });
});

test('resolves rejected events, too', async () => {
  await load('shop', smallDocument);
  await write('shop', [writeEvent({ requestURI: uri, verb: 'list' }).replace('"level"', '"odd":"\\u0000","level"')]);
  expect(await askRows('select unresolved_reason from testing.rejected_event')).toEqual([
    { unresolved_reason: 'not in this release' },
  ]);
  await load('shop', documentWithWidgets);
  expect(await resolveAgain(database.pool)).toEqual({ checked: 1, resolved: 1 });
  expect(await askRows('select endpoint, is_hit from testing.rejected_event')).toEqual([
    { endpoint: list, is_hit: true },
  ]);
});

test('reads only events that may resolve, by index', async () => {
  const plan = await askRows<{ 'QUERY PLAN': string }>(
    `explain select id from testing.held_event
      where source = 'shop' and endpoint is null and reason not in ('non-resource path', 'malformed request')
        and document_revision < 3 and (document_revision, id) > (1::bigint, 1::bigint)
      order by document_revision, id limit 2000`,
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
    /Index.* using held_event_\d+_source_document_revision/,
  );
});
