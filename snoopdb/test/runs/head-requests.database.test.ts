import { expect, test } from 'vitest';
import { askRunCoverage, loadClusterDocument, resolveAgain, saveRun, settleRun } from '../../src/index.ts';
import { type EventFields, writeBody, writeEvent } from '../support/audit-events.ts';
import { useRunDatabase } from '../support/run-database.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';

const source = 'a cluster';
const id = '20261121-030501-aaaaaa';
const pods = '/api/v1/namespaces/default/pods';
const proxy = '/api/v1/nodes/n/proxy/healthz';
const [getProxy, headProxy] = ['connectCoreV1GetNodeProxyWithPath', 'connectCoreV1HeadNodeProxyWithPath'];

const database = useRunDatabase(source);

type Sent = [number: number, method: string, path: string, status: number];

async function save(sent: readonly Sent[]): Promise<void> {
  const requests = sent.map(([number, method, path, status]) =>
    createRunRequest({ auditId: `${id}.1.${number}`, method, path, status }),
  );
  await saveRun(database.pool, createRun({ id, sources: [source], requests }));
}

async function send([number, , requestURI, code]: Sent, fields: EventFields = {}): Promise<void> {
  const event = { auditID: `${id}.1.${number}`, requestURI, code, verb: 'get', ...fields };
  await database.writer.write(writeBody([writeEvent(event)]));
}

const ask = async (sql: string): Promise<unknown[]> => (await database.pool.query(sql)).rows;

/** What the report says, after a look that SQL says the same. */
async function summarize(): Promise<Record<string, number>> {
  const { endpoints, change } = await askRunCoverage(database.pool, id);
  const reported = endpoints.filter(({ hits }) => hits > 0).map(({ endpoint, hits }) => ({ endpoint, hits }));
  expect(
    await ask('select endpoint, hit_by_new_test::integer as hits from testing.endpoint_hit_by_new_test order by 1'),
  ).toEqual(reported);
  expect(await ask('select endpoint from testing.endpoint_hit order by 1')).toEqual(
    reported.map(({ endpoint }) => ({ endpoint })),
  );
  const gained = change.filter(({ of }) => of !== 'eligible').reduce((sum, { difference }) => sum + difference, 0);
  expect(await ask('select change_in_number::integer as gained from testing.projected_change_in_coverage')).toEqual([
    { gained },
  ]);
  return Object.fromEntries(reported.map(({ endpoint, hits }) => [endpoint, hits]));
}

const refused: Sent = [1, 'HEAD', pods, 405];
const head: Sent = [2, 'HEAD', proxy, 200];
const get: Sent = [3, 'GET', proxy, 200];

test.each([
  ['events', 'before'],
  ['events', 'after'],
  ['rejected events', 'before'],
  ['rejected events', 'after'],
])('a HEAD does not hit the endpoint of a GET, in report and views: %s that arrive %s the run', async (what, when) => {
  const odd = what === 'events' ? {} : { x: '\0' };
  if (when === 'after') await save([refused, head]);
  await send(refused, odd);
  await send(head, odd);
  if (when === 'before') await save([refused, head]);
  expect(await summarize()).toEqual({ [headProxy]: 1 });
  await settleRun(database.pool, id);
  await settleRun(database.pool, id);
  expect(await summarize()).toEqual({ [headProxy]: 1 });
  const table = what === 'events' ? 'audit_event' : 'rejected_event';
  expect(await ask(`select code, endpoint, is_hit from testing.${table} order by code`)).toEqual([
    { code: 200, endpoint: headProxy, is_hit: true },
    { code: 405, endpoint: null, is_hit: false },
  ]);
  // A newer document says no more about it.
  const paths = { '/api/v1/namespaces/{namespace}/pods': { get: { operationId: 'listPods' } } };
  await loadClusterDocument(database.pool, { source, version: '1.36.3', etag: null, document: { paths } });
  expect(await resolveAgain(database.pool)).toEqual({ checked: 0, resolved: 0 });
});

test('keeps a hit that a GET also proved, with the GET as proof', async () => {
  await send(head);
  await send(get);
  await send([9, 'GET', proxy, 200], { userAgent: 'live-test-writing-too' });
  await save([head, get]);
  expect(await ask('select endpoint, useragent from testing.endpoint_hit order by 1, 2')).toEqual([
    { endpoint: getProxy, useragent: 'live-test-writing' },
    { endpoint: getProxy, useragent: 'live-test-writing-too' },
    { endpoint: headProxy, useragent: 'live-test-writing' },
  ]);
  const { endpoints } = await askRunCoverage(database.pool, id);
  expect(endpoints.map(({ endpoint, hits }) => [endpoint, hits])).toEqual([
    [getProxy, 1],
    [headProxy, 1],
  ]);
  expect(
    await ask(
      `select hit.first_seen_at = event.ingested_at at time zone 'utc' as is_of_get
         from testing.endpoint_hit as hit join testing.audit_event as event on event.audit_id = '${id}.1.3'
        where hit.endpoint = '${getProxy}' and hit.useragent = 'live-test-writing'`,
    ),
  ).toEqual([{ is_of_get: true }]);
});

test('does not change an event of another request', async () => {
  await send(head, { code: 201 });
  await save([head]);
  expect(await ask('select endpoint, is_hit from testing.audit_event')).toEqual([{ endpoint: getProxy, is_hit: true }]);
});
