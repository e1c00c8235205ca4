import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askRunCoverage } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { openShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { createRandomName } from '../../src/journal/run-id.ts';
import { actWhenPrinted, runLive, statesOf } from '../support/live-run.ts';
import { readStored } from '../support/recorded-cluster.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;

beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const imports = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { describe, expect } from 'vitest';
`;

test('all tests use an existing namespace, which stays', async () => {
  const source = `${imports}
liveTest.for(['one', 'two'])('config map %s', async (name, { cluster, namespace }) => {
  const core = cluster.client(CoreV1Api);
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: \`\${name}-${createRandomName(6)}\` } } });
  expect(namespace).toBe('default');
});
liveTest('it stays', async ({ cluster, namespace }) => {
  const { status } = await cluster.client(CoreV1Api).readNamespace({ name: namespace });
  expect(status.phase).toBe('Active');
});
`;
  const run = await runLive(controlPlane, database, { 'there.live.ts': source }, { namespace: 'default' });
  expect({ ...statesOf(run), run: run.state }).toEqual({
    'config map one': 'passed',
    'config map two': 'passed',
    'it stays': 'passed',
    run: 'passed',
  });
});

test('records tests, steps and requests of a run', async () => {
  const run = await runLive(controlPlane, database, {
    'lifecycle.live.ts': `${imports}
describe('ConfigMap', () => {
  liveTest('lifecycle', async ({ cluster, namespace, step }) => {
    const core = cluster.client(CoreV1Api);
    await step('create', () => core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' } } }));
    await step('read', () => core.readNamespacedConfigMap({ namespace, name: 'a' }));
    await step('remove', () => core.deleteCollectionNamespacedConfigMap({ namespace }));
    expect(namespace).toMatch(/^live-configmap-lifecycle-[a-z2-7]{6}$/);
  });
});
liveTest('wrong', async ({ cluster }) => {
  const { status } = await cluster.request({ path: '/api/v1/nothing' });
  expect(status).toBe(200);
});
liveTest.skip('not now', async () => {});
liveTest.for(['one', 'two'])('each %s', async (which, { cluster }) => {
  await cluster.request({ path: '/version?' + which });
});
`,
  });
  expect({ ...statesOf(run), run: run.state }).toMatchInlineSnapshot(`
    {
      "ConfigMap > lifecycle": "passed",
      "each one": "passed",
      "each two": "passed",
      "not now": "skipped",
      "run": "failed",
      "wrong": "failed: expected 404 to be 200 // Object.is equality",
    }
  `);
  const { evidence, record, runId } = run;
  expect(evidence).toMatchObject({ end: 'complete', recorded: record.requests.length, missing: [] });
  expect(
    record.requests.map(({ test: number, step, method, status }) => `${number} ${step} ${method} ${status}`),
  ).toMatchInlineSnapshot(`
    [
      "1 1 POST 201",
      "1 2 GET 200",
      "1 3 DELETE 200",
      "2 null GET 404",
      "4 null GET 200",
      "5 null GET 200",
    ]
  `);
  // The creation of the namespace is not evidence.
  expect((await readStored(database.pool, runId)).length).toBe(record.requests.length);

  const coverage = await askRunCoverage(database.pool, runId);
  expect(coverage.evidence).toMatchObject({ sent: 6, recorded: 6, missing: [], noAnswer: [] });
  expect(coverage.endpoints.map(({ endpoint, hits }) => `${endpoint} ${hits}`)).toMatchInlineSnapshot(`
    [
      "createCoreV1NamespacedConfigMap 1",
      "deleteCoreV1CollectionNamespacedConfigMap 1",
      "getCodeVersion 2",
      "readCoreV1NamespacedConfigMap 1",
    ]
  `);
  expect(run.printed).toContain('expected 404 to be 200');
});

test('keeps concurrent tests and concurrent runs apart', async () => {
  const source = (name: string): string => `${imports}
describe.concurrent('${name}', () => {
  liveTest.for([1, 2, 3])('test %i', async (number, { cluster, step }) => {
    await Promise.all(Array.from({ length: 5 }, (_, index) =>
      step('part ' + index, () => cluster.request({ path: '/version?${name}-' + number + '-' + index }))));
  });
});
`;
  const runs = await Promise.all(
    ['left', 'right'].map((name) => runLive(controlPlane, database, { 'a.live.ts': source(name) })),
  );
  for (const [index, name] of ['left', 'right'].entries()) {
    const run = runs[index];
    const { record } = run ?? expect.fail('no run');
    expect(run?.evidence).toMatchObject({ end: 'complete', recorded: 15 });
    const said = record.requests.map((request) => {
      const test = record.tests.find((one) => one.test === request.test);
      const step = test?.steps.find((one) => one.step === request.step);
      return `${test?.name} / ${step?.name}: ${request.path}`;
    });
    const expected = [1, 2, 3].flatMap((number) =>
      [0, 1, 2, 3, 4].map((part) => `${name} > test ${number} / part ${part}: /version?${name}-${number}-${part}`),
    );
    expect(said.sort()).toEqual(expected.sort());
    const agents = new Set((await readStored(database.pool, record.id)).map(({ agent }) => agent));
    expect(agents).toEqual(new Set([1, 2, 3].map((number) => `live-test-writing -- ${name} > test ${number}`)));
  }
});

const used = `${imports} liveTest('fine', async ({ cluster }) => { await cluster.request({ path: '/version' }); });`;

test.each([
  ['a syntax error', 'const = 1;', 'Transform failed'],
  ['no tests', 'export const nothing = 1;', 'No test suite found'],
  ['a throw', `throw new Error('on purpose');`, 'on purpose'],
  ['an unhandled rejection', `${used} void Promise.reject(new Error('left alone'));`, 'left alone'],
])('a file with %s fails the run; the other file is recorded', async (_what, source, error) => {
  const run = await runLive(controlPlane, database, { 'bad.live.ts': source, 'good.live.ts': used });
  expect(run.state).toBe('failed');
  const { errors } = await askRunCoverage(database.pool, run.runId);
  expect(errors).toEqual(run.record.errors);
  expect(errors).toMatchObject([{ file: 'bad.live.ts', message: expect.stringContaining(error) }]);
  expect(run.printed).toContain(error);
  expect(run.evidence).toMatchObject({ end: 'complete', recorded: run.record.requests.length });
  expect(run.record.requests.length).toBeGreaterThan(0);
});

test('records the requests of a killed worker and fails its test', async () => {
  const run = await runLive(controlPlane, database, {
    'killed.live.ts': `${imports}
liveTest('killed', async ({ cluster }) => {
  await cluster.request({ path: '/version' });
  const watching = cluster.request({ path: '/api/v1/namespaces?watch=true' });
  process.kill(process.pid, 'SIGKILL');
  await watching;
});
liveTest('after it', async ({ cluster }) => { await cluster.request({ path: '/version' }); });
`,
  });
  expect({ ...statesOf(run), run: run.state }).toEqual({
    killed: 'failed: The test did not end: the process that ran it has ended.',
    'after it': 'skipped',
    run: 'failed',
  });
  expect(run.record.requests[0]).toMatchObject({ status: 200, outcome: 'answered' });
  expect(run.evidence).toMatchObject({ end: 'complete', missing: [] });
});

test('stores what ran before an interruption', async () => {
  const abort = new AbortController();
  const run = await runLive(
    controlPlane,
    database,
    {
      'endless.live.ts': `${imports}
liveTest('endless', async ({ cluster }) => {
  await cluster.request({ path: '/version' });
  console.log('now');
  await new Promise(() => {});
});
`,
    },
    { signal: abort.signal, output: actWhenPrinted('now', () => abort.abort()) },
  );
  expect({ ...statesOf(run), run: run.state }).toEqual({ endless: 'running', run: 'interrupted' });
  expect(run.record.requests).toMatchObject([{ path: '/version', status: 200 }]);
  expect(await askRunCoverage(database.pool, run.runId)).toMatchObject({
    run: { state: 'interrupted' },
    evidence: { sent: 1 },
  });
});

test('resolves a custom resource that exists only during a test', async () => {
  const marker = join(await makeFolder(), 'seen');
  const group = `${createRandomName(8)}.example.com`;
  const running = runLive(controlPlane, database, {
    'custom.live.ts': `${imports}
import { existsSync } from 'node:fs';
import { ApiextensionsV1Api } from '@kubernetes/client-node';
liveTest('custom resource', async ({ cluster, namespace }) => {
  const group = '${group}';
  const name = 'gears.' + group;
  const crds = cluster.client(ApiextensionsV1Api);
  await crds.createCustomResourceDefinition({ body: {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name },
    spec: { group, scope: 'Namespaced', names: { plural: 'gears', singular: 'gear', kind: 'Gear', listKind: 'GearList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] },
  } });
  try {
    const path = '/apis/' + group + '/v1/namespaces/' + namespace + '/gears';
    await expect.poll(async () => (await cluster.request({ path })).status, { timeout: 30_000 }).toBe(200);
    await expect.poll(() => existsSync(${JSON.stringify(marker)}), { timeout: 30_000 }).toBe(true);
  } finally {
    await crds.deleteCustomResourceDefinition({ name });
  }
});
`,
  });
  const known = async (): Promise<number> => {
    const { rowCount } = await database.pool.query(
      'select from testing.cluster_endpoint where source = $1 and path like $2',
      [controlPlane.source, `/apis/${group}/%`],
    );
    return rowCount ?? 0;
  };
  // While the test waits, the run must see the new endpoints.
  await expect.poll(known, { timeout: 30_000 }).toBeGreaterThan(0);
  await writeFile(marker, '');
  const run = await running;
  expect(run.state, run.printed).toBe('passed');
  const { endpoints } = await askRunCoverage(database.pool, run.runId);
  const custom = endpoints.filter(({ endpoint }) => endpoint.includes('Gear'));
  expect(custom).toMatchObject([{ kind: 'Gear', inBaseline: false }]);
});

test('does not mix up custom and built-in resources of the same operationId, or HEAD and GET', async () => {
  const marker = join(await makeFolder(), 'seen');
  const list = 'listAutoscalingV2NamespacedHorizontalPodAutoscaler';
  const path = '/apis/autoscaling.k8s.io/v2/namespaces/{namespace}/horizontalpodautoscalers';
  const running = runLive(controlPlane, database, {
    'lookalike.live.ts': `${imports}
import { existsSync } from 'node:fs';
import { ApiextensionsV1Api } from '@kubernetes/client-node';
liveTest('lookalike', async ({ cluster, namespace }) => {
  const group = 'autoscaling.k8s.io';
  const name = 'horizontalpodautoscalers.' + group;
  const crds = cluster.client(ApiextensionsV1Api);
  await crds.createCustomResourceDefinition({ body: {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition',
    metadata: { name, annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' } },
    spec: { group, scope: 'Namespaced',
      names: { plural: 'horizontalpodautoscalers', singular: 'horizontalpodautoscaler', kind: 'HorizontalPodAutoscaler', listKind: 'HorizontalPodAutoscalerList' },
      versions: [{ name: 'v2', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] },
  } });
  try {
    const path = ${JSON.stringify(path)}.replace('{namespace}', namespace);
    await expect.poll(async () => (await cluster.request({ path })).status, { timeout: 30_000 }).toBe(200);
    await expect.poll(() => existsSync(${JSON.stringify(marker)}), { timeout: 30_000 }).toBe(true);
    await cluster.request({ path });
    await cluster.request({ method: 'HEAD', path: '/api/v1/namespaces/' + namespace + '/pods' });
  } finally {
    await crds.deleteCustomResourceDefinition({ name });
  }
});
`,
  });
  const known = async (): Promise<unknown[]> => {
    const { rows } = await database.pool.query(
      `select endpoint, operation_id from testing.cluster_endpoint where source = $1 and path = $2 and method = 'GET'`,
      [controlPlane.source, path],
    );
    return rows;
  };
  // kube-apiserver gives it the operationId of the built-in resource.
  await expect.poll(known, { timeout: 30_000 }).toEqual([{ endpoint: `GET ${path}`, operation_id: list }]);
  await writeFile(marker, '');
  const run = await running;
  expect(run.state, run.printed).toBe('passed');
  const { endpoints, unresolved } = await askRunCoverage(database.pool, run.runId);
  const named = endpoints.filter((endpoint) =>
    /HorizontalPodAutoscaler$|horizontalpodautoscalers$/.test(endpoint.endpoint),
  );
  expect(named).toMatchObject([{ endpoint: `GET ${path}`, inBaseline: false, kind: 'HorizontalPodAutoscaler' }]);
  expect(unresolved.map(({ method, code, reason }) => ({ method, code, reason }))).toContainEqual({
    method: 'HEAD',
    code: 405,
    reason: 'method not served',
  });
  const { rows } = await database.pool.query(
    // Of this run only: other files hit the built-in resource in the same SnoopDB.
    `select (select count(*)::integer from testing.audit_event where endpoint = $1 and audit_id like $2 || '.%') as of_built_in,
            (select endpoint from testing.audit_event where audit_id like $2 || '.%' and code = 405 limit 1) as of_head`,
    [list, run.runId],
  );
  expect(rows).toEqual([{ of_built_in: 0, of_head: null }]);
});

test('reports steps and hits by try, and hits of failed tests', async () => {
  const run = await runLive(controlPlane, database, {
    'tries.live.ts': `${imports}
let tries = 0;
liveTest('third time', { retry: 3 }, async ({ cluster, step }) => {
  tries += 1;
  await step('ask', () => cluster.request({ path: '/version?try=' + tries }));
  expect(tries).toBe(3);
});
liveTest('never', { retry: 1 }, async ({ cluster }) => {
  await cluster.client(CoreV1Api).listNamespace();
  expect(1).toBe(2);
});
`,
  });
  expect(run.record.tests.map(({ name, state, tries }) => [name, state, tries])).toEqual([
    ['third time', 'passed', 3],
    ['never', 'failed', 2],
  ]);
  const [first] = run.record.tests;
  expect(first?.steps.map((step) => [step.try, step.state])).toEqual([
    [1, 'passed'],
    [2, 'passed'],
    [3, 'passed'],
  ]);
  expect(run.record.requests.map((request) => [request.try, request.path])).toEqual([
    [1, '/version?try=1'],
    [2, '/version?try=2'],
    [3, '/version?try=3'],
    [1, '/api/v1/namespaces'],
    [2, '/api/v1/namespaces'],
  ]);
  const told = (coverage: Awaited<ReturnType<typeof askRunCoverage>>) =>
    coverage.endpoints.map(({ endpoint, hitsFrom }) => [endpoint, hitsFrom]);
  expect(told(await askRunCoverage(database.pool, run.runId))).toEqual([
    ['getCodeVersion', { 'failed try': 2, passed: 1 }],
    ['listCoreV1Namespace', { 'failed test': 2 }],
  ]);
  expect(told(await askRunCoverage(database.pool, run.runId, { passedOnly: true }))).toEqual([
    ['getCodeVersion', { passed: 1 }],
  ]);
});

test('a pattern without matching tests is wrong use and leaves no run', async () => {
  const sources = { 'fine.live.ts': used };
  const stateFolder = await makeFolder();
  await expect(
    runLive(controlPlane, database, sources, { testNamePattern: /nomatch/, stateFolder }),
  ).rejects.toMatchObject({
    ...{ code: 'no_test_matches', exitCode: 2, message: 'No test matches /nomatch/.', advice: ['They contain: fine'] },
  });
  expect(await readdir(join(stateFolder, 'runs'))).toEqual([]);
});
