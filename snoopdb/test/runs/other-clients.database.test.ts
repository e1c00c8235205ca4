import { describe, expect, test } from 'vitest';
import {
  askAgentCoverage,
  askRunCoverage,
  exportRun,
  importRun,
  type RunRequest,
  saveRun,
  settleRun,
} from '../../src/index.ts';
import { type EventFields, writeBody, writeEvent } from '../support/audit-events.ts';
import { useImportDatabase, useRunDatabase } from '../support/run-database.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';

const source = 'a cluster';
const id = '20261121-030501-aaaaaa';
const pods = '/api/v1/namespaces/a/pods';

const database = useRunDatabase(source);
const other = useImportDatabase();

async function send(from: string, ...events: EventFields[]): Promise<void> {
  await database.writer.write(writeBody(events.map((event) => writeEvent(event))), { source: from });
}

test('a run of a command lists its clients, and does not count a request that may be a dry run; export and import keep both', async () => {
  const request = (number: number, fields: Partial<RunRequest>): RunRequest =>
    createRunRequest({ auditId: `${id}.1.${number}`, path: pods, ...fields });
  const test = { test: 1, name: 'kubectl get', file: 'snoop exec -- kubectl', state: 'passed', tries: 1 } as const;
  const unreadBody = 'application/cbor';
  await saveRun(
    database.pool,
    createRun({
      ...{ id, sources: [source] },
      tests: [{ ...test, error: null, startedAt: null, endedAt: null, steps: [] }],
      requests: [
        request(1, { clientAgent: 'kubectl/v1' }),
        request(2, { clientAgent: 'kubectl/v1', path: `${pods}/x`, status: 404 }),
        request(3, { clientAgent: 'go/1', path: `${pods}/x`, method: 'DELETE', unreadBody }),
        request(4, { clientAgent: null }),
      ],
    }),
  );
  await send(
    source,
    { auditID: `${id}.1.1`, requestURI: pods },
    { auditID: `${id}.1.2`, requestURI: `${pods}/x`, verb: 'get', code: 404 },
    { auditID: `${id}.1.3`, requestURI: `${pods}/x`, verb: 'delete' },
    { auditID: `${id}.1.4`, requestURI: pods },
  );
  const coverage = await askRunCoverage(database.pool, id);
  expect(coverage.evidence).toMatchObject({ sent: 4, recorded: 4 });
  expect(coverage.window).toBeNull();
  expect(coverage.clients).toEqual([
    { agent: 'kubectl/v1', requests: 2, endpoints: 1 },
    { agent: 'go/1', requests: 1, endpoints: 0 },
  ]);
  expect(coverage.endpoints.map(({ endpoint, hits }) => `${endpoint} ${hits}`)).toEqual([
    'deleteCoreV1NamespacedPod 0',
    'listCoreV1NamespacedPod 2',
    'readCoreV1NamespacedPod 0',
  ]);
  expect(coverage.unsuccessful.map(({ reason }) => reason)).toEqual([
    'answered 404',
    'not counted: perhaps a dry run, its body (application/cbor) cannot be read',
  ]);
  await settleRun(database.pool, id);
  expect(await askRunCoverage(database.pool, id)).toEqual(coverage);
  const { rows } = await database.pool.query<{ endpoint: string; hits: number }>(
    `select endpoint, hit_by_new_test::integer as hits from testing.run_endpoint
      where run = $1 and endpoint like 'delete%'`,
    [id],
  );
  expect(rows).toEqual([{ endpoint: 'deleteCoreV1NamespacedPod', hits: 0 }]);
  const document: unknown = JSON.parse(JSON.stringify(await exportRun(database.pool, id)));
  await importRun(other.pool, 'run.json', document);
  const imported = await askRunCoverage(other.pool, id);
  expect(imported).toEqual({ ...coverage, run: { ...coverage.run, importedAt: imported.run.importedAt } });
});

describe('the coverage of an agent in a time', () => {
  const now = Date.now();
  const at = (secondsAgo: number): string => new Date(now - secondsAgo * 1000).toISOString();
  const since = new Date(now - 600_000);
  const until = new Date(now);
  const event = (auditID: string, secondsAgo: number, fields: EventFields = {}): EventFields => ({
    ...{
      auditID,
      requestURI: pods,
      userAgent: 'e2e.test/v1.36.3 -- [sig-a] one',
      requestReceivedTimestamp: at(secondsAgo),
    },
    ...fields,
  });

  test('has a test for each name, and a request for each Audit-ID', async () => {
    await send(
      source,
      event('a', 60, { stage: 'ResponseStarted' }),
      event('a', 60),
      event('b', 60, { verb: 'get', requestURI: `${pods}/x`, code: 404 }),
      event('c', 60, { userAgent: 'e2e.test/v1.36.3 -- two', verb: 'create', code: 201 }),
      event('d', 60, { userAgent: 'e2e.test/v1.36.3', requestURI: '/nowhere' }),
      event('e', 700),
      event('f', 60, { userAgent: 'kubectl/v1.36.3' }),
    );
    const coverage = await askAgentCoverage(database.pool, { agent: 'E2E.test', since, until });
    expect(coverage.window).toEqual({ agent: 'E2E.test', since, until, sources: [source] });
    expect(coverage.run).toMatchObject({ state: 'unknown', sources: [source] });
    expect(coverage.evidence).toMatchObject({ sent: 4, recorded: 4, missing: [] });
    expect(coverage.tests.map(({ name, file, state }) => [name, file, state])).toEqual([
      ['[sig-a] one', 'e2e.test/v1.36.3', 'unknown'],
      ['two', 'e2e.test/v1.36.3', 'unknown'],
      ['without a test name', 'e2e.test/v1.36.3', 'unknown'],
    ]);
    expect(coverage.endpoints.map(({ endpoint, hits, hitsFrom }) => [endpoint, hits, hitsFrom])).toEqual([
      ['createCoreV1NamespacedPod', 1, { passed: 1 }],
      ['listCoreV1NamespacedPod', 1, { passed: 1 }],
      ['readCoreV1NamespacedPod', 0, {}],
    ]);
    expect(coverage.unresolved.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /nowhere']);
    expect(coverage.clients).toEqual([{ agent: 'e2e.test/v1.36.3', requests: 4, endpoints: 2 }]);
  });

  test('chooses by pattern and source', async () => {
    await send(source, event('a', 60, { userAgent: 'my_tool/1' }), event('b', 60, { userAgent: 'myXtool/1 more' }));
    await send('kind-b', event('c', 60, { userAgent: 'my_tool/1' }));
    const count = async (agent: string, from?: string): Promise<number> => {
      const coverage = await askAgentCoverage(database.pool, { agent, since, until, source: from });
      return coverage.evidence.sent;
    };
    expect(await count('my')).toBe(3);
    expect(await count('my_')).toBe(2);
    expect(await count('*tool*more')).toBe(1);
    expect(await count('my', 'kind-*')).toBe(1);
    expect(await count('my', source)).toBe(2);
    for (const [agent, from] of [
      ['tool', undefined],
      ['m%', undefined],
      ['my', 'kind'],
    ] as const) {
      await expect(count(agent, from)).rejects.toMatchObject({ code: 'no_events' });
    }
    await expect(
      askAgentCoverage(database.pool, { agent: 'my', since: until, until: new Date(now + 1000) }),
    ).rejects.toThrow("No event of an agent 'my' between");
  });

  test('finds the first event of the window among earlier ones', async () => {
    await send(source, ...Array.from({ length: 30 }, (_none, number) => event(`old-${number}`, 3_600)));
    await database.pool.query(`update testing.held_event set ingested_at = ingested_at - interval '1 hour'`);
    await send(source, ...Array.from({ length: 30 }, (_none, number) => event(`new-${number}`, 60)));
    const recent = await askAgentCoverage(database.pool, { agent: 'e2e', since, until });
    expect(recent.evidence.sent).toBe(30);
    const all = await askAgentCoverage(database.pool, { agent: 'e2e', since: new Date(now - 7_200_000), until });
    expect(all.evidence.sent).toBe(60);
  });
});
