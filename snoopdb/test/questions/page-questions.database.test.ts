import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  askEndpointHistories,
  askReleaseLists,
  askReleaseTable,
  askTestRequests,
  loadAuditLog,
  loadBaseline,
  loadIneligible,
  loadPending,
  useBaseline,
} from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { createInput } from '../support/test-input.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  for (const release of ['1.34.0', '1.35.0', '1.36.0']) await loadBaseline(database.pool, release);
  await useBaseline(database.pool, '1.36.0');
});
afterAll(() => database.drop());

const readState = ({
  deprecated,
  tested,
  confTested,
}: Awaited<ReturnType<typeof askReleaseTable>>['endpoints'][number]) =>
  deprecated ? 'deprecated' : confTested ? 'conformance tested' : tested ? 'tested' : 'untested';

test('the history of each endpoint has its states in the tables of all releases', async () => {
  const { releases, endpoints } = await askEndpointHistories(database.pool, '1.36.0');
  expect(releases).toEqual(['1.36.0', '1.35.0', '1.34.0']);
  const { endpoints: own } = await askReleaseTable(database.pool, '1.36.0');
  expect([...endpoints.keys()].sort()).toEqual(own.map(({ endpoint }) => endpoint).sort());
  for (const [place, release] of releases.entries()) {
    const table = await askReleaseTable(database.pool, release);
    const states = new Map(table.endpoints.map((row) => [`${row.method} ${row.path}`, readState(row)]));
    for (const { endpoint, method, path } of own) {
      expect(endpoints.get(endpoint)?.[place], `${endpoint} in ${release}`).toBe(
        states.get(`${method} ${path}`) ?? 'absent',
      );
    }
  }
});

test('an endpoint that a release without coverage has is unknown there', async () => {
  const { pool, discard } = await createTestDatabase();
  try {
    await loadBaseline(pool, '1.35.0');
    await loadBaseline(pool, '1.36.0');
    await pool.query("delete from public.endpoint_hit where release = '1.35.0'");
    await pool.query("update public.release_data set coverage_origin = null where release = '1.35.0'");
    const { endpoints } = await askEndpointHistories(pool, '1.36.0');
    expect(endpoints.get('listCoreV1Node')).toEqual(['conformance tested', 'unknown']);
  } finally {
    await discard();
  }
});

test('lists are those of the nearest release, with the entries that it has no endpoint for', async () => {
  const { pool } = database;
  expect(await askReleaseLists(pool, '1.36.0')).toMatchObject({
    ineligible: { release: '1.36.0', absent: [] },
    pending: { release: '1.36.0', absent: [] },
  });
  const entry = { endpoint: 'readCoreV1Gone', reason: 'it was optional', link: 'https://example.com/1' };
  await loadIneligible(pool, createInput('i.json', [entry, { ...entry, endpoint: 'listCoreV1Node' }]), {
    release: '1.37',
  });
  await loadPending(pool, createInput('p.json', ['listCoreV1Gone', 'listCoreV1Node']), { release: '1.36' });
  expect(await askReleaseLists(pool, '1.36.0')).toMatchObject({
    ineligible: { release: '1.36.0', absent: [] },
    pending: { release: '1.36.0', absent: [{ endpoint: 'listCoreV1Gone', reason: null, link: null }] },
  });
  await pool.query("delete from conformance.list where what = 'ineligible' and release <> '1.37.0'");
  expect(await askReleaseLists(pool, '1.36.0')).toMatchObject({ ineligible: { release: '1.37.0', absent: [entry] } });
  await pool.query('delete from conformance.list');
  expect(await askReleaseLists(pool, '1.36.0')).toEqual({ ineligible: null, pending: null });
});

const name = '[sig-node] Pods should <b>be</b> \u202elisted 🙂 [Conformance]';
const event = (auditID: string, stage: string, code: number | null, receivedAt: string, stagedAt: string) => ({
  ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID, stage, verb: 'list' },
  ...{ requestURI: '/api/v1/namespaces/a/pods?limit=1', user: { username: 'e2e' } },
  userAgent: `e2e.test/v1.36.0 (linux/amd64) kubernetes/0000000 -- ${name}`,
  requestReceivedTimestamp: `2026-04-22T10:00:00.${receivedAt}000Z`,
  stageTimestamp: `2026-04-22T10:00:00.${stagedAt}000Z`,
  ...(code === null ? {} : { responseStatus: { metadata: {}, code } }),
});

test('the requests of a test are those of its loaded events, once each, in order', async () => {
  const { pool } = database;
  expect(await askTestRequests(pool, { release: '1.36.0', test: name }, 10)).toEqual({ requests: [], more: false });
  const events = [
    event('two', 'ResponseComplete', 404, '200', '250'),
    event('one', 'RequestReceived', null, '100', '100'),
    event('one', 'ResponseComplete', 200, '100', '130'),
  ];
  const log = events.map((one) => JSON.stringify(one)).join('\n');
  await loadAuditLog(pool, createInput('audit.log', log), { release: '1.36.0', source: 'a run' });
  const { requests, more } = await askTestRequests(pool, { release: '1.36.0', test: name }, 10);
  expect(more).toBe(false);
  expect(requests).toMatchObject([
    { auditId: 'one', source: 'a run', live: false, verb: 'list', code: 200, isHit: true },
    { auditId: 'two', code: 404, isHit: false, endpoint: 'listCoreV1NamespacedPod' },
  ]);
  expect(requests.map(({ sentAt, endedAt }) => (endedAt?.getTime() ?? 0) - (sentAt?.getTime() ?? 0))).toEqual([30, 50]);
  expect(await askTestRequests(pool, { release: '1.36.0', test: name }, 1)).toMatchObject({
    requests: [{ auditId: 'one' }],
    more: true,
  });
  expect((await askTestRequests(pool, { release: '1.35.0', test: name }, 10)).requests).toEqual([]);
});
