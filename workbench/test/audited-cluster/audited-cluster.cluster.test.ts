import { networkInterfaces } from 'node:os';
import { PassThrough } from 'node:stream';
import { CoreV1Api, VersionApi, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Pool } from '@snoop/snoopdb';
import type { AuditedCluster } from '../../src/audited-cluster/audited-cluster.ts';
import { openAuditedCluster } from '../../src/audited-cluster/audited-cluster.ts';
import { createRandomName } from '../../src/journal/run-id.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { openOwnClient } from '../support/own-client.ts';
import { findShared, openSharedPool } from '../support/control-plane.ts';
import { awaitRecorded, readStored, recordCluster } from '../support/recorded-cluster.ts';

let controlPlane: ControlPlane;
let pool: Pool;

beforeAll(async () => {
  controlPlane = await findShared();
  pool = openSharedPool(controlPlane);
});
afterAll(() => pool.end());

const pod = ['default', 'no-such-pod', 'main'] as const;
const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  Origin: 'https://127.0.0.1',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
/** The client's error for an upgrade that is answered 404. */
const refusedUpgrade = { message: 'Unexpected server response: 404' };

/** Each way to send a request, and the audited status and path without query. */
const ways: [string, (cluster: AuditedCluster) => Promise<unknown>, [number, string][]][] = [
  ['a generated API', (c) => c.client(CoreV1Api).listNode(), [[200, '/api/v1/nodes']]],
  ['a client made from kubeConfig', (c) => c.kubeConfig.makeApiClient(VersionApi).getCode(), [[200, '/version']]],
  [
    'the object API',
    (c) => c.objects().read({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }),
    [
      [200, '/api/v1'],
      [200, '/api/v1/namespaces/default'],
    ],
  ],
  ['a watch', (c) => watchOnce(c.watch()), [[200, '/api/v1/namespaces']]],
  ['a watch made from kubeConfig', (c) => watchOnce(new Watch(c.kubeConfig)), [[200, '/api/v1/namespaces']]],
  [
    'a followed log',
    (c) => fails(c.log().log(...pod, new PassThrough(), { follow: true }), { code: 404 }),
    [[404, '/api/v1/namespaces/default/pods/no-such-pod/log']],
  ],
  [
    'exec',
    (c) => fails(c.exec().exec(...pod, ['ls'], new PassThrough(), new PassThrough(), null, false), refusedUpgrade),
    [[404, '/api/v1/namespaces/default/pods/no-such-pod/exec']],
  ],
  [
    'attach',
    (c) => fails(c.attach().attach(...pod, new PassThrough(), null, null, false), refusedUpgrade),
    [[404, '/api/v1/namespaces/default/pods/no-such-pod/attach']],
  ],
  [
    'port-forward',
    (c) =>
      fails(
        c.portForward().portForward('default', 'no-such-pod', [80], new PassThrough(), null, new PassThrough(), 0),
        refusedUpgrade,
      ),
    [[404, '/api/v1/namespaces/default/pods/no-such-pod/portforward']],
  ],
  ['HEAD', (c) => c.request({ method: 'HEAD', path: '/api/v1/nodes' }), [[405, '/api/v1/nodes']]],
  ['OPTIONS', (c) => c.request({ method: 'OPTIONS', path: '/api/v1/nodes' }), [[405, '/api/v1/nodes']]],
  [
    'a body',
    (c) => c.request({ method: 'POST', path: '/api/v1/namespaces?dryRun=All', body: { metadata: { name: 'x' } } }),
    [[201, '/api/v1/namespaces']],
  ],
  [
    'a wrong token',
    (c) => c.request({ path: '/api/v1/pods', headers: { Authorization: 'Bearer no' } }),
    [[401, '/api/v1/pods']],
  ],
  [
    'an upgrade',
    (c) => c.request({ path: '/api/v1/namespaces?watch=true', headers: upgrade }),
    [[101, '/api/v1/namespaces']],
  ],
];

test.each(ways)('audits %s', async (way, send, expected) => {
  const { cluster, runId, read } = await recordCluster(controlPlane, `way: ${way}`);
  await send(cluster);
  const record = await read();
  expect(record.requests.map(({ status, path }) => [status, path.split('?')[0]])).toEqual(expected);

  const evidence = await awaitRecorded(pool, record);
  expect(evidence).toMatchObject({ end: 'complete', recorded: expected.length, missing: [] });
  const stored = await readStored(pool, runId);
  expect(stored.map(({ code, uri }) => [code, uri.split('?')[0]])).toEqual(expected);
  expect(new Set(stored.map(({ agent }) => agent))).toEqual(new Set([`live-test-writing -- way: ${way}`]));
});

test.each([
  ['UTF-8', 'Größe → 你好 🚀', 'live-test-writing -- Größe → 你好 🚀'],
  ['a second header', 'x\r\nAudit-ID: forged', 'live-test-writing -- x  Audit-ID: forged'],
  ['2,000 characters', 'ü'.repeat(2000), `live-test-writing -- ${'ü'.repeat(439)}`],
])('sends a test name with %s as the agent', async (_what, name, agent) => {
  const { cluster, runId, read } = await recordCluster(controlPlane, name);
  await cluster.request({ path: '/version' });
  await awaitRecorded(pool, await read());
  expect(await readStored(pool, runId)).toMatchObject([{ auditId: `${runId}.1.1`, agent }]);
});

test("replaces a user's ids and agents", async () => {
  const { cluster, runId, read } = await recordCluster(controlPlane, 'mine');
  await cluster.request({ path: '/version', headers: { 'audit-id': 'theirs', 'user-agent': 'curl' } });
  await awaitRecorded(pool, await read());
  expect(await readStored(pool, runId)).toMatchObject([{ agent: 'live-test-writing -- mine' }]);
});

test('each hop of a redirect has its own id', async () => {
  const { cluster, runId, read } = await recordCluster(controlPlane, 'redirect');
  const name = `redirecting-${runId}`;
  const ownKubeConfig = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
  // A missing node: the API server redirects to the path with a slash, then finds nothing.
  const status = {
    addresses: [{ type: 'InternalIP', address: ownAddress() }],
    daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
  };
  await ownKubeConfig.createNode({ body: { metadata: { name }, status } });
  onTestFinished(async () => void (await ownKubeConfig.deleteNode({ name })));
  await fails(cluster.client(CoreV1Api).connectGetNodeProxy({ name }), { code: 503 });

  const record = await read();
  await awaitRecorded(pool, record);
  const path = `/api/v1/nodes/${name}/proxy`;
  expect(await readStored(pool, runId)).toMatchObject([
    { auditId: `${runId}.1.1`, uri: path, code: 301 },
    { auditId: `${runId}.1.2`, uri: `${path}/`, code: 503 },
  ]);
  expect(record.requests).toMatchObject([
    { path, status: 301 },
    { path: `${path}/`, status: 503 },
  ]);
});

test('a request that is aborted before its answer has none', async () => {
  const abort = new AbortController();
  const { cluster, read } = await recordCluster(controlPlane, 'aborted', () => queueMicrotask(() => abort.abort()));
  await fails(cluster.request({ path: '/api/v1/nodes', signal: abort.signal }), {
    code: 'no_answer',
    cause: { code: 'ABORT_ERR' },
  });
  await expect.poll(async () => (await read()).requests).toMatchObject([{ status: null, outcome: 'no answer' }]);
  expect(await awaitRecorded(pool, await read())).toMatchObject({ end: 'complete', missing: [] });
});

test('an unreachable server gives no answer, and the reason is recorded', async () => {
  const { cluster, read } = await recordCluster(controlPlane, 'nobody');
  const [known] = cluster.kubeConfig.clusters;
  if (known) cluster.kubeConfig.clusters = [{ ...known, server: 'https://127.0.0.1:1' }];
  await expect(cluster.request({ path: '/version' })).rejects.toThrow(
    'GET /version got no answer from https://127.0.0.1:1',
  );
  expect((await read()).requests).toMatchObject([{ outcome: 'no answer', error: 'connect ECONNREFUSED 127.0.0.1:1' }]);
});

test('a watch is open until it ends', async () => {
  const { cluster, read } = await recordCluster(controlPlane, 'open watch');
  const watching = await cluster.watch().watch(
    '/api/v1/namespaces',
    {},
    () => {},
    () => {},
  );
  const open = await read();
  expect(open.requests).toMatchObject([{ status: 200, outcome: 'open', closedAt: null }]);
  expect(await awaitRecorded(pool, open)).toMatchObject({ end: 'complete' });
  watching.abort();
  await expect.poll(async () => (await read()).requests).toMatchObject([{ status: 200, outcome: 'answered' }]);
  expect(await awaitRecorded(pool, await read())).toMatchObject({ end: 'complete' });
});

test('assigns requests to nested and parallel steps', async () => {
  const { cluster, step, read } = await recordCluster(controlPlane, 'steps');
  const get = (path: string): Promise<unknown> => cluster.request({ path });
  await step('outer', async () => {
    await get('/version?outer');
    await Promise.all([
      step('left', () => get('/version?left')),
      step('right', async () => {
        await get('/version?right-1');
        await get('/version?right-2');
      }),
    ]);
  });
  await fails(
    step('broken', () => Promise.reject(new Error('on purpose'))),
    { message: 'on purpose' },
  );
  await get('/version?none');
  const { tests, requests } = await read();
  const names = new Map(tests[0]?.steps.map(({ step: number, name }) => [number, name]));
  expect(tests[0]?.steps.map(({ name, state }) => [name, state])).toEqual([
    ['outer', 'passed'],
    ['outer > left', 'passed'],
    ['outer > right', 'passed'],
    ['broken', 'failed'],
  ]);
  const byPath = requests.map(({ path, step: number }) => [
    path.split('?')[1],
    number === null ? null : names.get(number),
  ]);
  expect(Object.fromEntries(byPath)).toEqual({
    outer: 'outer',
    left: 'outer > left',
    'right-1': 'outer > right',
    'right-2': 'outer > right',
    none: null,
  });
});

test('tests share connections but not stamps', async () => {
  const ports = new Set<number | undefined>();
  const stamps: string[] = [];
  const open = (name: string): AuditedCluster =>
    openAuditedCluster({ files: [controlPlane.kubeconfig], context: null }, (request) => {
      stamps.push(name);
      request.once('socket', (socket) => ports.add(socket.localPort));
    });
  for (const name of ['first', 'second']) {
    const cluster = open(name);
    await cluster.request({ path: '/version' });
    await cluster.client(VersionApi).getCode();
    await watchOnce(cluster.watch());
  }
  expect(stamps).toEqual(['first', 'first', 'first', 'second', 'second', 'second']);
  // A watch ends by closing its connection, so each test uses one connection.
  expect(ports.size).toBe(2);
});

test('watching a request does not change its behaviour', async () => {
  const { cluster, read } = await recordCluster(controlPlane, 'untouched');
  const { request } = await import('node:https');
  const options = { path: '/version', hostname: '127.0.0.1', port: new URL(controlPlane.apiserver.url).port };
  await cluster.kubeConfig.applyToHTTPSOptions(options);
  // Without a listener for the response, Node discards it and frees the connection.
  await new Promise<void>((resolve) => {
    const unheard = request(options);
    unheard.once('close', resolve);
    expect([
      unheard.listenerCount('response'),
      unheard.listenerCount('error'),
      unheard.listenerCount('upgrade'),
    ]).toEqual([0, 0, 0]);
    unheard.end();
  });
  expect((await read()).requests).toMatchObject([{ status: 200, outcome: 'answered' }]);
});

test('records a dry run in a body, in every encoding', async () => {
  const { cluster, read } = await recordCluster(controlPlane, 'dry runs');
  const core = cluster.client(CoreV1Api);
  const name = `dry-${createRandomName(6)}`;
  const namespace = 'default';
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { name } } };
  await core.createNamespacedConfigMap({ namespace, body: map });
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] };
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  await core.deleteNamespacedConfigMap({ namespace, name, body: options });
  await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: `name=${name}`, body: options });
  await cluster.objects().delete(map, undefined, undefined, undefined, undefined, undefined, options);
  await cluster.request({ method: 'DELETE', path, body: options });
  const headers = { 'Content-Type': 'application/yaml' };
  await cluster.request({
    method: 'DELETE',
    path,
    headers,
    body: 'kind: DeleteOptions\napiVersion: v1\ndryRun: [All]',
  });
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const body = { ...eviction, deleteOptions: { dryRun: ['All'] } };
  await fails(core.createNamespacedPodEviction({ namespace, name, body }), { code: 404 });
  // The last one removes it; until then, nothing did.
  await core.deleteNamespacedConfigMap({ namespace, name, body: { gracePeriodSeconds: 0 } });
  const changing = (await read()).requests.filter(({ method }) => method !== 'GET');
  expect(changing.map(({ method, status, isDryRun }) => `${method} ${status} ${isDryRun}`)).toEqual([
    'POST 201 false',
    'DELETE 200 true',
    'DELETE 200 true',
    'DELETE 200 true',
    'DELETE 200 true',
    'DELETE 200 true',
    'POST 404 true',
    'DELETE 200 false',
  ]);
});

async function watchOnce(watch: Watch): Promise<void> {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await watch.watch('/api/v1/namespaces', {}, () => watching.abort(), finish);
  await finished;
}

async function fails(promise: Promise<unknown>, error: object): Promise<void> {
  await expect(promise).rejects.toMatchObject(error);
}

/** The API server does not proxy to loopback addresses, so this uses another address of this machine with a closed port. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '192.0.2.1';
}
