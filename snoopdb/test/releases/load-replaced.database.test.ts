import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  checkDatabase,
  loadAuditLog,
  loadBaselineFrom,
  loadCoverage,
  loadIneligible,
  loadOpenapi,
} from '../../src/index.ts';
import { type EventFields, writeEvent } from '../support/audit-events.ts';
import { createInput } from '../support/test-input.ts';
import { createCoverage } from '../support/small-coverage.ts';
import { smallDocument } from '../support/small-document.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const release = '1.36.0';
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => database.empty());

const ask = async (sql: string): Promise<unknown[]> => (await database.pool.query(sql)).rows;
const coverage = (fields: Record<string, unknown> = {}) => createInput('1.36.0.json', createCoverage(fields));
const former = () => createInput('swagger-1.36.json', smallDocument);

/** One path is gone, one is new, one operation has another name. */
function later() {
  const { '/api/v1/namespaces/{name}': _gone, ...paths } = smallDocument.paths;
  const pods = '/api/v1/namespaces/{namespace}/pods';
  const renamed = { ...paths[pods], get: { ...paths[pods].get, operationId: 'listPodsOfNamespace' } };
  const added = { '/healthz': { get: { operationId: 'getHealth', tags: ['health'] } } };
  return createInput('later-1.36.json', { paths: { ...paths, [pods]: renamed, ...added } });
}

describe.each([
  ['a small file', {}],
  ['a large file', { smallBytes: 100 }],
])('the events of %s', (_way, way) => {
  const e2e = (fields: EventFields) => writeEvent({ userAgent: 'e2e.test/v1 -- b [Conformance]', ...fields });
  const log = createInput(
    'log',
    [
      e2e({ auditID: 'a' }),
      e2e({ auditID: 'b', requestURI: '/api/v1/namespaces/x', verb: 'get' }),
      e2e({ auditID: 'c', requestURI: '/healthz', verb: 'get' }),
      e2e({ auditID: 'd', requestURI: '/version/', verb: 'get' }),
      e2e({ auditID: 'e', requestURI: '/healthz', verb: 'get', userAgent: 'kubelet/1', a: 'x\0' }),
      e2e({ auditID: 'f', code: 404 }),
    ].join('\n'),
  );
  const loadLog = () => loadAuditLog(database.pool, log, { release, source: 'a job', ...way });
  const see = async () => [
    await ask('select audit_id, endpoint, reason, ambiguous, is_hit from public.audit_event order by audit_id'),
    await ask('select audit_id, endpoint, unresolved_reason, is_hit from public.rejected_event'),
    await ask(`select source, endpoint, useragent, test, test_hit, conf_test_hit, sample_verb, sample_uri,
                      sample_code,
                      -- A rejected event has none.
                      case when useragent <> 'kubelet/1' then first_seen_at end as first_seen_at, test_cut from public.endpoint_hit order by endpoint, useragent`),
    await ask('select endpoint, tests from public.endpoint_tested order by endpoint'),
  ];

  test('are resolved again when the document is replaced', async () => {
    const { pool } = database;
    await loadOpenapi(pool, later(), { release });
    await loadLog();
    const wanted = await see();
    await database.empty();
    await loadOpenapi(pool, former(), { release });
    await loadLog();
    expect((await loadOpenapi(pool, later(), { release })).notes.slice(-2)).toEqual([
      { count: 6, what: 'events resolved again' },
      { count: 5, what: 'of them with another result' },
    ]);
    expect(await see()).toEqual(wanted);
    expect((await checkDatabase(pool)).differences).toEqual([]);
    expect((await loadOpenapi(pool, later(), { release })).notes).not.toContainEqual(
      expect.objectContaining({ what: 'events resolved again' }),
    );
  });

  test('are resolved again when other coverage replaces the document, and its hits stay', async () => {
    const { pool } = database;
    await loadOpenapi(pool, later(), { release });
    await loadLog();
    await loadBaselineFrom(pool, coverage());
    expect(await ask(`select endpoint from public.endpoint_hit where source = 'a job' order by endpoint`)).toEqual([
      { endpoint: 'getCodeVersion' },
      { endpoint: 'listNamespacedPod' },
      { endpoint: 'readNamespace' },
    ]);
    const published = await ask(`select from public.endpoint_hit where source = 'published coverage'`);
    expect(published).toHaveLength(6);
    expect((await checkDatabase(pool)).differences).toEqual([]);
  });
});

test('aborts a load of events whose endpoints are replaced meanwhile', async () => {
  const { pool } = database;
  await loadOpenapi(pool, former(), { release });
  const log = createInput('log', `${writeEvent()}\n`);
  const open = log.open.bind(log);
  const slow = {
    ...log,
    async *open() {
      await loadOpenapi(pool, later(), { release });
      yield* open();
    },
  };
  await expect(loadAuditLog(pool, slow, { release })).rejects.toThrow('were replaced while log was being loaded');
  expect(await ask('select from public.audit_event')).toEqual([]);
});

test('the hit of agents beyond the limit is unproven when nothing hits its endpoint', async () => {
  const { pool } = database;
  await loadOpenapi(pool, former(), { release });
  await loadAuditLog(pool, createInput('log', writeEvent({ userAgent: 'a/1' })), { release, source: 'a job' });
  const other = (endpoint: string) =>
    pool.query(
      `insert into public.endpoint_hit (release, source, endpoint, useragent, test_hit, conf_test_hit)
       values ('1.36.0', 'a job', $1, 'other', false, false)`,
      [endpoint],
    );
  await other('listNamespacedPod');
  expect((await checkDatabase(pool)).differences).toEqual([]);
  await other('goneSince');
  expect((await checkDatabase(pool)).differences).toMatchObject([
    { kind: 'unproven hit', what: expect.stringContaining('goneSince') },
  ]);
});

describe('coverage', () => {
  const incomplete = () => ask('select incomplete from public.release_data');
  const contradiction = { incomplete: expect.stringContaining('contradicts itself') };
  const list = (...endpoints: string[]) =>
    createInput('i.json', JSON.stringify(endpoints.map((endpoint) => ({ endpoint, reason: 'r', link: 'l' }))));

  test('is checked again with each list of ineligible endpoints for it', async () => {
    const { pool } = database;
    await loadIneligible(pool, list(), { release });
    await loadCoverage(pool, coverage());
    expect(await incomplete()).toEqual([{ incomplete: null }]);
    expect((await loadIneligible(pool, list('readNamespace'), { release })).notes).toEqual([
      { count: 1, what: 'releases whose coverage check now has another result' },
    ]);
    expect(await incomplete()).toEqual([contradiction]);
    await loadIneligible(pool, list(), { release });
    expect(await incomplete()).toEqual([{ incomplete: null }]);
  });

  test('is not checked with the list of an older release', async () => {
    const { pool } = database;
    await loadCoverage(pool, coverage());
    const shipped = await incomplete();
    await loadIneligible(pool, list('readNamespace', 'readNamespacedPod'), { release: '1.35' });
    expect(await incomplete()).toEqual(shipped);
    await loadIneligible(pool, list(), { release: '1.37' });
    expect(await incomplete()).toEqual([{ incomplete: null }]);
  });

  test('that is marked as incomplete stays incomplete', async () => {
    const sentence = 'Half of the runs are missing.';
    await loadIneligible(database.pool, list(), { release });
    expect(await loadCoverage(database.pool, coverage({ incomplete: sentence }))).toMatchObject({
      incomplete: sentence,
    });
    await loadIneligible(database.pool, list(), { release });
    expect(await incomplete()).toEqual([{ incomplete: sentence }]);
  });

  test('has the name of the document, whatever is loaded first', async () => {
    const { pool } = database;
    const spec = () => ask('select distinct spec from public.open_api');
    const published = [{ spec: 'https://example.com/swagger.json' }];
    await loadCoverage(pool, coverage());
    await loadOpenapi(pool, former());
    expect(await spec()).toEqual(published);
    await database.empty();
    await loadOpenapi(pool, former());
    expect(await spec()).toEqual([{ spec: 'swagger-1.36.json' }]);
    await loadCoverage(pool, coverage());
    expect(await spec()).toEqual(published);
    await loadCoverage(pool, coverage({ spec: null }));
    expect(await spec()).toEqual([{ spec: 'swagger-1.36.json' }]);
  });
});
