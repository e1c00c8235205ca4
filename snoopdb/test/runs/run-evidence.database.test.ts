import { describe, expect, test } from 'vitest';
import {
  askRecorded,
  askRunCoverage,
  checkDatabase,
  findRun,
  runLiveTableUpkeep,
  resetLive,
  type RunRecord,
  type RunRequest,
  saveRun,
  settleRun,
} from '../../src/index.ts';
import { type EventFields, writeBody, writeEvent } from '../support/audit-events.ts';
import { smallBounds } from '../support/live-table.ts';
import { useRunDatabase } from '../support/run-database.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';

const source = 'a cluster';
const pods = '/api/v1/namespaces/default/pods';
const id = '20261121-030501-aaaaaa';

const database = useRunDatabase(source);

const request = (number: number, fields: Partial<RunRequest> = {}): RunRequest =>
  createRunRequest({ auditId: `${id}.1.${number}`, path: pods, ...fields });

function run(requests: RunRequest[], fields: Partial<RunRecord> = {}): RunRecord {
  const test = { test: 1, name: 'a test', file: 'a.live.ts', state: 'passed', tries: 1, error: null } as const;
  const tests = [{ ...test, startedAt: null, endedAt: null, steps: [] }];
  return createRun({ id, sources: [source], clusterServer: 'https://127.0.0.1:6443', tests, requests, ...fields });
}

async function send(number: number, fields: EventFields = {}, from = source): Promise<void> {
  const event = writeEvent({ auditID: `${id}.1.${number}`, requestURI: pods, verb: 'list', ...fields });
  await database.writer.write(writeBody([event]), { source: from });
}

async function summarize(run = id) {
  const { evidence, endpoints, unsuccessful } = await askRunCoverage(database.pool, run);
  return {
    recorded: evidence.recorded,
    missing: evidence.missing.map(({ reason }) => reason),
    others: evidence.others.map(({ reason }) => reason),
    hits: endpoints.filter(({ hits }) => hits > 0).map(({ endpoint, answers }) => ({ endpoint, answers })),
    unsuccessful: unsuccessful.map(({ reason }) => reason),
  };
}

const own = {
  recorded: 1,
  missing: [],
  hits: [{ endpoint: 'listCoreV1NamespacedPod', answers: { 200: 1 } }],
  unsuccessful: [],
};
const none = { recorded: 0, missing: ['not recorded'], hits: [], unsuccessful: [] };

const forgeries: { what: string; fields: EventFields; from?: string; reason: string }[] = [
  {
    what: 'another path',
    fields: { requestURI: '/api/v1/componentstatuses' },
    reason: `different path): list /api/v1/componentstatuses, answered 200, from ${source}`,
  },
  {
    what: 'another query, a dry run',
    fields: { requestURI: `${pods}?dryRun=All` },
    reason: `different path): list ${pods}?dryRun=All, answered 200, from ${source}`,
  },
  {
    what: 'another verb',
    fields: { verb: 'create' },
    reason: `different verb): create ${pods}, answered 200, from ${source}`,
  },
  { what: 'no verb', fields: { verb: '' }, reason: `different verb): (no verb) ${pods}, answered 200, from ${source}` },
  {
    what: 'another code',
    fields: { code: 404 },
    reason: `different code): list ${pods}, answered 404, from ${source}`,
  },
  { what: 'another source', fields: {}, from: 'b', reason: `different source): list ${pods}, answered 200, from b` },
  {
    what: 'a proxied apiserver',
    fields: { requestURI: '/api/v1/nodes', verb: 'list' },
    from: 'b',
    reason: `different path): list /api/v1/nodes, answered 200, from b`,
  },
  {
    what: 'a rejected event',
    fields: { code: 404, x: '\0' },
    reason: `different code): list ${pods}, answered 404, from ${source}`,
  },
];

describe.each(forgeries)('another event with the id of a request: $what', ({ fields, from, reason }) => {
  const others = [`another event with this id (${reason}`];

  test('instead of its event: the request is not recorded until its own event arrives', async () => {
    const { pool } = database;
    await saveRun(pool, run([request(1)]));
    await send(1, fields, from);
    expect(await askRecorded(pool, id, [`${id}.1.1`])).toEqual(new Set());
    expect(await summarize()).toEqual({ ...none, others });
    await settleRun(pool, id);
    expect(await summarize()).toEqual({ ...none, others });
    await send(1);
    expect(await summarize()).toEqual({ ...none, others });
    await settleRun(pool, id);
    expect(await summarize()).toEqual({ ...own, others });
  });

  test('before and after its event: it changes nothing, nor after the run is settled', async () => {
    const { pool } = database;
    await saveRun(pool, run([request(1)]));
    await send(1, fields, from);
    await send(1);
    expect(await askRecorded(pool, id, [`${id}.1.1`])).toEqual(new Set([`${id}.1.1`]));
    await send(1, { ...fields, stage: 'Panic' }, from);
    expect(await summarize()).toMatchObject(own);
    await settleRun(pool, id);
    const settled = await askRunCoverage(pool, id);
    await send(1, { ...fields, stage: 'ResponseStarted' }, from);
    await send(1, { ...fields, userAgent: 'live-test-writing -- another' }, from);
    await settleRun(pool, id);
    expect(await askRunCoverage(pool, id)).toEqual(settled);
  });
});

test('a forged code or dry run does not turn a refused request into a hit', async () => {
  const path = `${pods}?dryRun=All`;
  await saveRun(database.pool, run([request(1, { status: 404 }), request(2, { method: 'POST', path, status: 201 })]));
  await send(1, { code: 404 });
  await send(1, { code: 200 });
  await send(2, { verb: 'create', requestURI: path, code: 201 });
  await send(2, { verb: 'create', code: 201 });
  expect(await summarize()).toMatchObject({ recorded: 2, hits: [], unsuccessful: ['answered 404', 'dry run'] });
});

test('the events of a gateway with a path prefix have the path without it', async () => {
  const clusterServer = 'https://rancher.example/k8s/clusters/c-1';
  await saveRun(database.pool, run([request(1, { path: `/k8s/clusters/c-1${pods}` })], { clusterServer }));
  await send(1, { requestURI: `/k8s/clusters/c-1${pods}` });
  expect(await summarize()).toMatchObject({ recorded: 0 });
  await send(1);
  expect(await summarize()).toMatchObject({ ...own });
});

test('resolves a HEAD behind such a gateway by the path of its events', async () => {
  const path = '/api/v1/nodes/n/proxy/healthz';
  const clusterServer = 'https://rancher.example/k8s/clusters/c-1';
  await saveRun(
    database.pool,
    run([request(1, { method: 'HEAD', path: `/k8s/clusters/c-1${path}` })], { clusterServer }),
  );
  await send(1, { requestURI: path, verb: 'get' });
  expect((await summarize()).hits).toEqual([{ endpoint: 'connectCoreV1HeadNodeProxyWithPath', answers: { 200: 1 } }]);
});

test('names at most three others for each request, each once', async () => {
  await saveRun(database.pool, run([request(1)]));
  for (const uri of ['/a', '/a', '/b', '/c', '/d']) await send(1, { requestURI: uri });
  expect((await summarize()).others).toHaveLength(3);
});

test('the possible verbs of a method', async () => {
  const resource = '/api/v1/pods';
  const cases: [method: string, uri: string, verbs: string[]][] = [
    ['GET', resource, ['get', 'list', 'watch']],
    ['HEAD', resource, ['get', 'list', 'watch', 'head']],
    ['POST', resource, ['create', 'post']],
    ['PUT', resource, ['update', 'put']],
    ['PATCH', resource, ['patch']],
    ['DELETE', resource, ['delete', 'deletecollection']],
    ['OPTIONS', resource, ['', 'options']],
    ['TRACE', resource, ['', 'trace']],
    ['POST', '/api/v1/watch/pods', ['create', 'post', 'watch']],
    ['DELETE', '/apis/apps/v1/watch/deployments', ['delete', 'deletecollection', 'watch']],
    ['PUT', '/api/v1/proxy/nodes/a', ['update', 'put', 'proxy']],
    ['PUT', '/api/v1/nodes/a/proxy/watch/b', ['update', 'put']],
  ];
  const verbs = [...new Set(cases.flatMap(([, , given]) => given))];
  for (const [method, uri, wanted] of cases) {
    const found = await database.pool.query<{ verb: string }>(
      'select verb from unnest($3::text[]) as verb where testing.gives_verb($1, verb, $2)',
      [method, uri, verbs],
    );
    expect(found.rows.map(({ verb }) => verb).sort(), `${method} ${uri}`).toEqual([...wanted].sort());
  }
});

describe('a settled run', () => {
  test('keeps its report when its events leave the live table', async () => {
    const { pool } = database;
    const requests = [1, 2, 3, 4].map((number) => request(number));
    await saveRun(pool, run(requests));
    await send(1);
    await send(2, { x: '\0' });
    await send(3, { stage: 'ResponseStarted' });
    await send(4, { requestURI: '/another' });
    const before = await askRunCoverage(pool, id);
    expect(before.evidence).toMatchObject({ recorded: 2, missing: [{}, {}], others: [{}] });
    await settleRun(pool, id);
    expect(await askRunCoverage(pool, id)).toEqual(before);
    expect((await checkDatabase(pool)).differences).toEqual([]);

    await runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 1 });
    await pool.query('delete from testing.held_rejection');
    await pool.query('update testing.live_upkeep set rejections_until = now()');
    expect((await pool.query('select from testing.audit_event')).rowCount).toBe(0);
    expect(await askRunCoverage(pool, id)).toEqual(before);
    await settleRun(pool, id);
    expect(await askRunCoverage(pool, id)).toEqual(before);
    await pool.query('delete from testing.endpoint_hit');
    await pool.query('delete from testing.hit_quota');
  });

  test('no longer changes, by its journal, by hand, or while it continues', async () => {
    const { pool } = database;
    await saveRun(pool, run([request(1)], { state: 'running', endedAt: null }));
    await settleRun(pool, id);
    await saveRun(pool, run([request(1)]));
    await settleRun(pool, id);
    expect(await saveRun(pool, run([request(1, { status: 404 })], { state: 'failed', author: 'eve' }))).toBe(true);
    const coverage = await askRunCoverage(pool, id);
    expect(coverage.run).toMatchObject({ state: 'passed', author: null });
    expect(coverage.evidence.missing).toMatchObject([{ code: 200 }]);
    for (const statement of [
      `update testing.run set author = 'eve'`,
      `update testing.run set settled_at = null`,
      `update testing.run_request set status = 404`,
      `delete from testing.run_request`,
      `update testing.run_test set state = 'failed'`,
      `insert into testing.run_step (run, test, step, name, state) values ('${id}', 1, 9, 'x', 'passed')`,
    ]) {
      await expect(pool.query(statement), statement).rejects.toMatchObject({
        code: '0A000',
        hint: "'snoop db reset-live --run' removes the whole run.",
      });
    }
    await resetLive(pool, { run: id });
    await expect(findRun(pool, id)).rejects.toMatchObject({ code: 'unknown_run' });
    expect((await pool.query('select from testing.run_evidence')).rowCount).toBe(0);
  });

  test('gets its sources later if no event had arrived, and then no others', async () => {
    const { pool } = database;
    await saveRun(pool, run([request(1), request(2)], { sources: [] }));
    await settleRun(pool, id);
    await send(1, {}, 'b');
    await settleRun(pool, id);
    await send(2, {}, 'c');
    await settleRun(pool, id);
    expect((await askRunCoverage(pool, id)).run.sources).toEqual(['b']);
    expect(await summarize()).toMatchObject({
      recorded: 1,
      others: [`another event with this id (different source): list ${pods}, answered 200, from c`],
    });
  });

  const damages = [
    `update testing.run_evidence set code = 404`,
    `update testing.run_evidence set endpoint = 'listThing'`,
    `update testing.run_evidence set is_hit = false`,
    `update testing.run_evidence set stage = 'Panic'`,
    `delete from testing.run_evidence`,
  ];
  test.each(damages)('the check finds damage: %s', async (damage) => {
    const { pool } = database;
    await saveRun(pool, run([request(1)]));
    await send(1);
    await settleRun(pool, id);
    // As if it had been settled later than within the same second.
    await pool.query(`update testing.held_event set ingested_at = ingested_at - interval '1 hour'`);
    await pool.query(damage);
    const stage = damage.includes('Panic') ? 'Panic' : 'ResponseComplete';
    expect((await checkDatabase(pool)).differences).toEqual([
      expect.objectContaining({
        kind: 'evidence',
        what: `testing.run_evidence: ${stage} of ${id}.1.1 in run ${id}`,
      }),
    ]);
    await pool.query('delete from testing.run');
  });
});
