import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  askRecorded,
  askRunCoverage,
  createEventWriter,
  type EventWriter,
  findRun,
  listRuns,
  loadClusterDocument,
  type RunRecord,
  type RunRequest,
  saveRun,
  useNearestBaseline,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const source = 'a cluster';
const hpa = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 3, 5, second));

let database: TestDatabase;
let writer: EventWriter;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  writer = createEventWriter(database.pool, { source });
});
afterEach(() => database.empty());
afterAll(() => database.drop());

const request = (auditId: string, fields: Partial<RunRequest> = {}): RunRequest =>
  createRunRequest({ auditId, path: hpa, step: 1, ...fields });

function run(id: string, requests: RunRequest[], fields: Partial<RunRecord> = {}): RunRecord {
  return createRun({
    id,
    author: 'ada',
    sources: [source],
    clusterServer: 'https://127.0.0.1:6443',
    startedAt: at(1),
    endedAt: at(9),
    requests,
    tests: [
      {
        test: 1,
        name: 'autoscaler lifecycle',
        file: 'hpa.live.ts',
        state: 'passed',
        error: null,
        tries: 1,
        startedAt: at(1),
        endedAt: at(5),
        steps: [
          { step: 1, try: 1, name: 'create it', state: 'passed', startedAt: at(1), endedAt: at(3) },
          { step: 2, try: 1, name: 'remove it', state: 'passed', startedAt: at(3), endedAt: at(5) },
        ],
      },
      {
        test: 2,
        name: 'pods',
        file: 'pods.live.ts',
        state: 'failed',
        error: 'no \0 pods',
        tries: 1,
        startedAt: at(5),
        endedAt: at(9),
        steps: [],
      },
    ],
    ...fields,
  });
}

const event = (auditID: string, fields: Record<string, unknown> = {}) =>
  writeEvent({ auditID, requestURI: hpa, userAgent: 'live-test-writing -- autoscaler lifecycle', ...fields });

test('counts exactly the requests of the run', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const id = '20261121-030501-aaaaaa';
  const nodeProxy = '/api/v1/nodes/n/proxy/healthz';
  const requests = [
    request(`${id}.1`, { method: 'POST', status: 201 }),
    request(`${id}.2`),
    request(`${id}.3`, { step: 2, method: 'DELETE', path: `${hpa}/x`, status: 404 }),
    request(`${id}.4`, { method: 'POST', path: `${hpa}?dryRun=All`, status: 201 }),
    request(`${id}.5`, { path: `${hpa}?watch=true`, outcome: 'open' }),
    request(`${id}.6`, { step: null, path: '/healthz' }),
    request(`${id}.7`, { method: 'HEAD', path: nodeProxy }),
    request(`${id}.8`, { test: 2, step: null, path: '/api/v1/namespaces/default/pods' }),
    request(`${id}.9`, { test: 2, step: null, status: null, outcome: 'no answer', error: 'ECONNRESET' }),
    request(`${id}.10`, { test: 2, step: null, path: '/api/v1/pods', status: 401 }),
    request(`${id}.11`, { test: 2, step: null }),
    request(`${id}.12`, { test: 2, step: null, path: '/api/v1/watch/pods' }),
    request(`${id}.13`, { test: 2, step: null, status: 200 }),
  ];
  await writer.write(
    writeBody([
      event(`${id}.1`, { stage: 'RequestReceived', responseStatus: undefined, verb: 'create' }),
      event(`${id}.1`, { verb: 'create', code: 201 }),
      event(`${id}.2`),
      event(`${id}.3`, { verb: 'delete', requestURI: `${hpa}/x`, code: 404 }),
      event(`${id}.4`, { verb: 'create', requestURI: `${hpa}?dryRun=All`, code: 201 }),
      event(`${id}.5`, { verb: 'watch', stage: 'ResponseStarted', requestURI: `${hpa}?watch=true` }),
      event(`${id}.6`, { verb: 'get', requestURI: '/healthz' }),
      event(`${id}.7`, { verb: 'get', requestURI: nodeProxy }),
      event(`${id}.8`, { requestURI: '/api/v1/namespaces/default/pods', x: '\0' }),
      event(`${id}.10`, { stage: 'ResponseStarted', requestURI: '/api/v1/pods', code: 401 }),
      event(`${id}.11`, { stage: 'ResponseStarted' }),
      event(`${id}.12`, { verb: 'watch', requestURI: '/api/v1/watch/pods' }),
      // Another run at the same time.
      event('20261121-030502-bbbbbb.1', { verb: 'patch', requestURI: `${hpa}/x` }),
    ]),
  );
  // Senders choose the Audit-IDs of their events: events of another cluster prove nothing for this run.
  await writer.write(writeBody([event(`${id}.13`), event(`${id}.2`, { verb: 'patch' })]), {
    source: 'another cluster',
  });
  const record = run(id, requests);
  await saveRun(database.pool, { ...record, state: 'running', endedAt: null, requests: requests.slice(0, 3) });
  await saveRun(database.pool, record);
  await saveRun(database.pool, record);
  await saveRun(
    database.pool,
    run('20261121-030502-bbbbbb', [request('20261121-030502-bbbbbb.1', { method: 'PATCH' })]),
  );

  const coverage = await askRunCoverage(database.pool, '20261121-030501');
  expect(coverage.run).toEqual({
    id: '20261121-030501-aaaaaa',
    author: 'ada',
    agent: 'live-test-writing',
    sources: [source],
    clusterVersion: '1.36.3',
    clusterServer: 'https://127.0.0.1:6443',
    startedAt: at(1),
    endedAt: at(9),
    state: 'passed',
    importedAt: null,
    ...{ command: null, snoopVersion: null, nodeVersion: null, clientVersion: null, gitCommit: null, gitDirty: null },
  });
  expect(coverage.baseline).toMatchObject({ release: '1.36.0', exact: true });
  const note = (noted: {
    path: string;
    code: number | null;
    endpoint: string | null;
    reason: string;
    step: string | null;
  }) => [noted.path, noted.code, noted.endpoint, noted.reason, noted.step].join(' | ');
  expect(coverage.evidence).toMatchObject({ sent: 13, recorded: 10 });
  expect(coverage.evidence.noAnswer.map(note)).toEqual([`${hpa} |  |  | ECONNRESET | `]);
  expect(coverage.evidence.missing.map(note)).toEqual([
    `${hpa} | 200 |  | its last stage is not recorded | `,
    `${hpa} | 200 |  | not recorded | `,
  ]);
  expect(coverage.unsuccessful.map(note)).toEqual([
    '/api/v1/pods | 401 | listCoreV1PodForAllNamespaces | answered 401 | ',
    `${hpa}/x | 404 | deleteAutoscalingV2NamespacedHorizontalPodAutoscaler | answered 404 | remove it`,
    `${hpa}?dryRun=All | 201 | createAutoscalingV2NamespacedHorizontalPodAutoscaler | dry run | create it`,
  ]);
  expect(coverage.unresolved.map(note)).toEqual(['/healthz | 200 |  | non-resource path | ']);
  const row = (hit: (typeof coverage.endpoints)[number]) =>
    `${hit.endpoint} ${hit.level} ${hit.hits} ${JSON.stringify(hit.answers)} ${hit.untestedUntilNow ? 'new' : ''}`.trim();
  expect(coverage.endpoints.map(row)).toMatchInlineSnapshot(`
    [
      "connectCoreV1HeadNodeProxyWithPath stable 1 {"200":1} new",
      "createAutoscalingV2NamespacedHorizontalPodAutoscaler stable 1 {"201":2} new",
      "deleteAutoscalingV2NamespacedHorizontalPodAutoscaler stable 0 {"404":1}",
      "listAutoscalingV2NamespacedHorizontalPodAutoscaler stable 3 {"200":3} new",
      "listCoreV1NamespacedPod stable 1 {"200":1}",
      "listCoreV1PodForAllNamespaces stable 0 {"401":1}",
      "watchCoreV1PodListForAllNamespaces stable 1 {"200":1}",
    ]
  `);
  expect(coverage.endpoints.find((hit) => hit.endpoint.startsWith('create'))).toMatchObject({
    kind: 'HorizontalPodAutoscaler',
    path: '/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers',
    e2e: false,
    conformance: false,
    eligible: false,
    ineligible: { reason: expect.any(String), link: expect.stringContaining('https://') },
    inBaseline: true,
    deprecated: false,
    ambiguous: null,
  });
  expect(coverage.endpoints.find((hit) => hit.endpoint.startsWith('watch'))).toMatchObject({
    deprecated: true,
    untestedUntilNow: false,
  });
  expect(coverage.endpoints.find((hit) => hit.endpoint === 'listCoreV1NamespacedPod')).toMatchObject({
    e2e: true,
    conformance: true,
    eligible: true,
    ineligible: null,
  });
  expect(coverage.tests.map((one) => [one.name, one.state, one.steps, one.endpoints.length])).toEqual([
    [
      'autoscaler lifecycle',
      'passed',
      [
        { name: 'create it', try: 1, state: 'passed', requests: 5 },
        { name: 'remove it', try: 1, state: 'passed', requests: 1 },
      ],
      4,
    ],
    ['pods', 'failed', [], 4],
  ]);
  const none = { difference: 0, from: {} };
  expect(coverage.change).toEqual([
    { of: 'eligible', total: 563, before: 563, after: 563, ...none, conformance: { before: 563, after: 563, ...none } },
    {
      ...{ of: 'stable', total: 664, before: 590, after: 593, difference: 3, from: { passed: 3 } },
      conformance: { before: 574, after: 574, ...none },
    },
    { of: 'beta', total: 160, before: 0, after: 0, ...none, conformance: { before: 0, after: 0, ...none } },
    { of: 'alpha', total: 84, before: 1, after: 1, ...none, conformance: { before: 0, after: 0, ...none } },
  ]);
});

test('counts conformance tested endpoints separately', async () => {
  await useNearestBaseline(database.pool, '1.33.2');
  // An e2e test of 1.33 lists them, and no conformance test does.
  const path = '/apis/apps/v1/namespaces/default/daemonsets';
  await writer.write(writeBody([event('ds.1', { requestURI: path })]));
  await saveRun(database.pool, run('ds', [request('ds.1', { path })]));
  const coverage = await askRunCoverage(database.pool, 'ds');
  expect(coverage.endpoints).toMatchObject([
    {
      ...{ endpoint: 'listAppsV1NamespacedDaemonSet', e2e: true, conformance: false, eligible: true },
      ...{ untestedUntilNow: false, newToConformance: true },
    },
  ]);
  const one = { difference: 1, from: { passed: 1 } };
  expect(coverage.change.slice(0, 3)).toMatchObject([
    { of: 'eligible', total: 508, difference: 0, from: {}, conformance: { before: 452, after: 453, ...one } },
    { of: 'stable', difference: 0, conformance: one },
    { of: 'beta', difference: 0, conformance: { difference: 0 } },
  ]);
});

test('counts hits of failed tests and attempts separately, and omits them on request', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const proxy = '/api/v1/nodes/n/proxy/x';
  await writer.write(
    writeBody([
      event('t.passed'),
      event('t.try', { requestURI: proxy, verb: 'patch' }),
      event('t.failed', { requestURI: proxy, verb: 'update' }),
      event('t.both'),
    ]),
  );
  const requests = [
    request('t.try', { try: 1, step: 1, method: 'PATCH', path: proxy }),
    request('t.passed', { try: 2, step: 2 }),
    request('t.failed', { test: 2, step: null, method: 'PUT', path: proxy }),
    request('t.both', { test: 2, step: null }),
  ];
  const record = run('t', requests, { state: 'failed' });
  const [first, second] = record.tests;
  if (!first || !second) throw new Error('the record has two tests');
  first.tries = 2;
  if (first.steps[1]) first.steps[1].try = 2;
  await saveRun(database.pool, record);

  const coverage = await askRunCoverage(database.pool, 't');
  const listHits = (hits: typeof coverage.endpoints) => hits.map((hit) => [hit.endpoint, hit.hitsFrom]);
  const put = 'connectCoreV1PutNodeProxyWithPath';
  const patch = 'connectCoreV1PatchNodeProxyWithPath';
  const list = 'listAutoscalingV2NamespacedHorizontalPodAutoscaler';
  expect(listHits(coverage.endpoints)).toEqual([
    [patch, { 'failed try': 1 }],
    [put, { 'failed test': 1 }],
    [list, { passed: 1, 'failed test': 1 }],
  ]);
  expect(coverage.tests[0]).toMatchObject({
    tries: 2,
    steps: [
      { name: 'create it', try: 1, requests: 1 },
      { name: 'remove it', try: 2, requests: 1 },
    ],
    endpointsByTry: [[{ endpoint: patch }], [{ endpoint: list }]],
  });
  expect(coverage.tests[1]?.endpointsByTry).toEqual([]);
  expect(coverage.change[1]).toMatchObject({
    ...{ of: 'stable', difference: 3, from: { passed: 1, 'failed try': 1, 'failed test': 1 } },
  });

  const passedOnly = await askRunCoverage(database.pool, 't', { passedOnly: true });
  expect(passedOnly).toMatchObject({ passedOnly: true, evidence: { sent: 4, recorded: 4 } });
  expect(listHits(passedOnly.endpoints)).toEqual([[list, { passed: 1 }]]);
  expect(passedOnly.tests.map((one) => listHits(one.endpoints))).toEqual([[[list, { passed: 1 }]], []]);
  expect(passedOnly.change[1]).toMatchObject({ of: 'stable', difference: 1, from: { passed: 1 } });
});

test('does not count a dry run that is only in the body, as the client reports or the event shows', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const requestObject = { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] };
  await writer.write(
    writeBody([
      event('d.1', { verb: 'delete', requestURI: `${hpa}/x` }),
      // At level Request the event shows it too.
      event('d.2', { verb: 'delete', requestURI: `${hpa}/x`, requestObject }),
    ]),
  );
  const fields = { method: 'DELETE', path: `${hpa}/x`, step: 2 };
  await saveRun(database.pool, run('d', [request('d.1', { ...fields, isDryRun: true }), request('d.2', fields)]));
  const coverage = await askRunCoverage(database.pool, 'd');
  const note = { reason: 'dry run', step: 'remove it' };
  expect(coverage.unsuccessful).toMatchObject([note, note]);
  expect(coverage.endpoints).toMatchObject([{ hits: 0, hitsFrom: {}, untestedUntilNow: false }]);
  expect(coverage.change.map((one) => one.difference)).toEqual([0, 0, 0, 0]);
});

test('keeps errors outside of tests with the run', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const errors = [
    { file: 'a.live.ts', line: 3, message: 'at \0 load' },
    { file: null, line: null, message: 'an uncaught error' },
  ];
  await saveRun(database.pool, run('e', [], { errors: errors.slice(0, 1) }));
  await saveRun(database.pool, run('e', [], { errors }));
  const coverage = await askRunCoverage(database.pool, 'e');
  expect(coverage.errors).toEqual([{ ...errors[0], message: 'at \u{fffd} load' }, errors[1]]);
});

test('counts the requests to each kube-apiserver of a cluster, and none of other clusters', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const paths = ['/first', '/second', '/third'];
  for (const [index, name] of [source, 'its second one', 'another cluster'].entries()) {
    await writer.write(writeBody([event(`several.${index}`, { verb: 'get', requestURI: paths[index] })]), {
      source: name,
    });
  }
  const requests = paths.map((path, index) => request(`several.${index}`, { path }));
  await saveRun(database.pool, run('several', requests, { sources: [source, 'its second one'] }));
  const coverage = await askRunCoverage(database.pool, 'several');
  expect(coverage.evidence).toMatchObject({ sent: 3, recorded: 2, missing: [{ path: '/third' }] });
  expect(coverage.run).toMatchObject({ sources: [source, 'its second one'] });
});

test('shows an endpoint of a custom resource, which does not count', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const path = '/apis/shop.example.com/v1alpha1/widgets';
  const paths = {
    [path]: {
      get: {
        operationId: 'listWidget',
        tags: ['shopExampleCom_v1alpha1'],
        'x-kubernetes-group-version-kind': { group: 'shop.example.com', version: 'v1alpha1', kind: 'Widget' },
      },
    },
  };
  await loadClusterDocument(database.pool, { source, version: '1.36.3', etag: null, document: { paths } });
  await writer.write(writeBody([event('w.1', { requestURI: path })]));
  await saveRun(database.pool, run('w', [request('w.1', { path })]));
  const coverage = await askRunCoverage(database.pool, 'w');
  expect(coverage.endpoints).toMatchObject([
    {
      endpoint: 'listWidget',
      level: 'alpha',
      kind: 'Widget',
      hits: 1,
      inBaseline: false,
      eligible: false,
      untestedUntilNow: false,
    },
  ]);
  expect(coverage.change.map((one) => one.difference)).toEqual([0, 0, 0, 0]);
});

test('which stage records a request depends on whether the request has ended', async () => {
  const stages = ['complete', 'panic', 'started', 'refused', 'received', 'aside', 'unknown'];
  const asked = async (outcome: RunRequest['outcome'], status: number | null = 200) => {
    const id = `run of ${outcome} ${status}`;
    await writer.write(
      writeBody([
        event(`${id}.complete`, { responseStatus: undefined }),
        event(`${id}.panic`, { stage: 'Panic', code: 500 }),
        event(`${id}.started`, { stage: 'ResponseStarted', responseStatus: undefined }),
        event(`${id}.refused`, { stage: 'ResponseStarted', responseStatus: undefined }),
        event(`${id}.received`, { stage: 'RequestReceived', responseStatus: undefined }),
        event(`${id}.aside`, { x: '\0', responseStatus: undefined }),
      ]),
    );
    const auditIds = stages.map((stage) => `${id}.${stage}`);
    await saveRun(
      database.pool,
      run(
        id,
        auditIds.map((auditId) => request(auditId, { outcome, status })),
      ),
    );
    const recorded = await askRecorded(database.pool, id, auditIds);
    return [...recorded].map((auditId) => auditId.slice(id.length + 1)).sort();
  };
  expect(await asked('answered')).toEqual(['aside', 'complete', 'panic']);
  expect(await asked('no answer', null)).toEqual(['aside', 'complete', 'panic']);
  expect(await asked('open')).toEqual(['aside', 'complete', 'panic', 'refused', 'started']);
  expect(await asked('unknown', null)).toEqual(['aside', 'complete', 'panic', 'refused', 'started']);
  // A panic that is logged as 500 is of no answer that was a refusal.
  expect(await asked('answered', 401)).toEqual(['aside', 'complete', 'refused', 'started']);
  expect(await askRecorded(database.pool, 'a run', [])).toEqual(new Set());
});

test('compares with nothing without a baseline', async () => {
  await saveRun(database.pool, run('a', []));
  await expect(askRunCoverage(database.pool, 'a')).rejects.toMatchObject({ code: 'no_baseline' });
});

describe('runs', () => {
  test('are listed newest first', async () => {
    expect(await listRuns(database.pool, 10)).toEqual([]);
    await saveRun(database.pool, run('one', [request('one.1'), request('one.2')], { startedAt: at(1), tests: [] }));
    await saveRun(database.pool, run('two', [], { startedAt: at(2), state: 'interrupted' }));
    const listed = {
      agent: 'live-test-writing',
      author: 'ada',
      endedAt: at(9),
      importedAt: null,
      newlyHit: null,
      outlined: 0,
    };
    expect(await listRuns(database.pool, 10)).toEqual([
      {
        ...{ ...listed, id: 'two', startedAt: at(2), state: 'interrupted' },
        ...{ files: ['hpa.live.ts', 'pods.live.ts'], tests: 2, requests: 0 },
      },
      { ...listed, id: 'one', startedAt: at(1), state: 'passed', files: [], tests: 0, requests: 2 },
    ]);
    expect(await listRuns(database.pool, 1)).toHaveLength(1);
  });

  test('are found by the beginning of their id', async () => {
    await expect(findRun(database.pool, null)).rejects.toMatchObject({ code: 'unknown_run' });
    const ids = ['20261121-030501-x7k2q9', '20261121-030501-x7aaaa', '20261122-101010-bbbbbb'];
    for (const [index, id] of ids.entries()) await saveRun(database.pool, run(id, [], { startedAt: at(index) }));
    expect(await findRun(database.pool, null)).toBe(ids[2]);
    expect(await findRun(database.pool, '20261121-030501-x7k')).toBe(ids[0]);
    expect(await findRun(database.pool, '20261122')).toBe(ids[2]);
    await expect(findRun(database.pool, '20261121')).rejects.toThrow(
      '"20261121" matches 2 runs: 20261121-030501-x7aaaa, 20261121-030501-x7k2q9. Use a longer prefix.',
    );
    await expect(findRun(database.pool, '20261121-030501-x7k2q0')).rejects.toThrow(
      `There is no run "20261121-030501-x7k2q0". Did you mean '20261121-030501-x7k2q9' or '20261121-030501-x7aaaa'?`,
    );
  });
});
