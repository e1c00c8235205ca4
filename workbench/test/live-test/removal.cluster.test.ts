import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, type KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { thisProcess } from '@snoop/snoopdb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sendRaw } from '../../src/audited-cluster/raw-request.ts';
import { selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { openWorkerJournal } from '../../src/journal/journal.ts';
import { createRandomName } from '../../src/journal/run-id.ts';
import { createNamespace } from '../../src/live-test/namespace.ts';
import { createOwnerLabel } from '../../src/removal/owner.ts';
import { sweepDeadRuns } from '../../src/removal/sweep.ts';
import { silentProgress } from '../../src/progress.ts';
import { openOwnClient } from '../support/own-client.ts';
import { openShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { runLive, statesOf } from '../support/live-run.ts';
import { makeHead, readStored } from '../support/recorded-cluster.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const openCluster = (): KubeConfig => openOwnClient(controlPlane.kubeconfig);

/** `there`, `going` (deleted, waiting for its finalizers), or `gone`. */
async function look(path: string): Promise<'there' | 'going' | 'gone'> {
  const answer = await sendRaw(openCluster(), { path });
  if (answer.status === 404) return 'gone';
  const { metadata } = answer.json() as { metadata: { deletionTimestamp?: string } };
  return metadata.deletionTimestamp === undefined ? 'there' : 'going';
}

const imports = `
import { ApiextensionsV1Api, CoreV1Api, NodeV1Api, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { liveTest, uniqueName } from '@snoop/workbench';
import { expect } from 'vitest';
`;

describe('what a test creates through its clients is removed after it', () => {
  test('by any client, after passed and failed tests, and not as evidence', async () => {
    const id = createRandomName(6);
    const crd = `
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.${id}.example' },
  spec: { group: '${id}.example', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions: [{
    name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] },
};`;
    const run = await runLive(controlPlane, database, {
      'made.live.ts': `${imports}${crd}
liveTest('generated', async ({ cluster, step }) => {
  const rbac = cluster.client(RbacAuthorizationV1Api);
  await rbac.createClusterRole({ body: { metadata: { name: 'generated-${id}' } } });
  throw new Error('on purpose');
});
liveTest('objects', async ({ cluster }) => {
  await cluster.objects().create(crd);
});
liveTest('raw', async ({ cluster }) => {
  const body = { metadata: { generateName: 'raw-${id}-' } };
  const { status } = await cluster.request({ method: 'POST', path: '/api/v1/namespaces', body });
  expect(status).toBe(201);
});
liveTest('applied', async ({ cluster }) => {
  const body = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'applied-${id}' }, handler: 'x' };
  const path = '/apis/node.k8s.io/v1/runtimeclasses/applied-${id}?fieldManager=test';
  const { status } = await cluster.request({ method: 'PATCH', path, body, headers: { 'content-type': 'application/apply-patch+yaml' } });
  expect(status).toBe(201);
});
liveTest('elsewhere', async ({ cluster, namespace }) => {
  const core = cluster.client(CoreV1Api);
  await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'elsewhere-${id}' } } });
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'own-${id}' } } });
});
liveTest('the same name again', async ({ cluster }) => {
  await cluster.client(RbacAuthorizationV1Api).createClusterRole({ body: { metadata: { name: 'generated-${id}' } } });
  await cluster.objects().create(crd);
});
liveTest('removed by the test itself', async ({ cluster }) => {
  const rbac = cluster.client(RbacAuthorizationV1Api);
  const name = uniqueName('${id}');
  await rbac.createClusterRole({ body: { metadata: { name } } });
  await rbac.deleteClusterRole({ name });
});
`,
    });
    expect(statesOf(run)).toEqual({
      generated: 'failed: on purpose',
      objects: 'passed',
      raw: 'passed',
      applied: 'passed',
      elsewhere: 'passed',
      'the same name again': 'passed',
      'removed by the test itself': 'passed',
    });
    expect(run.printed).not.toContain('left behind');
    for (const path of [
      `/apis/rbac.authorization.k8s.io/v1/clusterroles/generated-${id}`,
      `/apis/node.k8s.io/v1/runtimeclasses/applied-${id}`,
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.${id}.example`,
      `/api/v1/namespaces/default/configmaps/elsewhere-${id}`,
    ]) {
      expect(await look(path), path).toBe('gone');
    }
    const { items } = await openCluster().makeApiClient(CoreV1Api).listNamespace();
    const raw = items.filter(({ metadata }) => metadata?.name?.startsWith(`raw-${id}-`));
    expect(raw.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)).toEqual([]);
    // Only the test's own DELETE is evidence.
    const removals = run.record.requests.filter(({ method }) => method === 'DELETE');
    expect(removals).toHaveLength(1);
    expect(await readStored(database.pool, run.runId)).toHaveLength(run.record.requests.length);
  });

  test('in an existing namespace', async () => {
    const name = `stays-${createRandomName(6)}`;
    const source = `${imports}
liveTest('creates', async ({ cluster, namespace }) => {
  await cluster.client(CoreV1Api).createNamespacedConfigMap({ namespace, body: { metadata: { name: '${name}' } } });
});`;
    const run = await runLive(controlPlane, database, { 'stays.live.ts': source }, { namespace: 'default' });
    expect(statesOf(run)).toEqual({ creates: 'passed' });
    expect(await look(`/api/v1/namespaces/default/configmaps/${name}`)).toBe('gone');
  });

  test("in reverse order; a failure is printed and does not hide the test's error", async () => {
    const id = createRandomName(6);
    const account = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `maker-${id}` };
    const rbac = openCluster().makeApiClient(RbacAuthorizationV1Api);
    await rbac.createClusterRole({
      body: {
        metadata: { name: `maker-${id}` },
        rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['create'] }],
      },
    });
    await rbac.createClusterRoleBinding({
      body: {
        metadata: { name: `maker-${id}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `maker-${id}` },
        subjects: [account],
      },
    });
    onTestFinished(async () => {
      await rbac.deleteClusterRoleBinding({ name: `maker-${id}` });
      await rbac.deleteClusterRole({ name: `maker-${id}` });
      await openCluster()
        .makeApiClient(CoreV1Api)
        .deleteNode({ name: `first-${id}` });
      await openCluster()
        .makeApiClient(CoreV1Api)
        .deleteNode({ name: `second-${id}` });
    });
    const asMaker = openCluster();
    const user = asMaker.getCurrentUser();
    asMaker.users = asMaker.users.map((one) => (one === user ? { ...one, impersonateUser: account.name } : one));
    const folder = await makeFolder();
    await writeFile(join(folder, 'maker.kubeconfig'), asMaker.exportConfig());
    const target = await selectTarget({
      kubeconfig: join(folder, 'maker.kubeconfig'),
      context: undefined,
      environment: readEnvironment({}),
      stateFolder: controlPlane.folder,
      cwd: folder,
      progress: silentProgress,
    });
    const run = await runLive(
      controlPlane,
      database,
      {
        'kept.live.ts': `${imports}
liveTest('two nodes', async ({ cluster }) => {
  const core = cluster.client(CoreV1Api);
  await core.createNode({ body: { metadata: { name: 'first-${id}' } } });
  await core.createNode({ body: { metadata: { name: 'second-${id}' } } });
  throw new Error('of the test');
});`,
      },
      { target },
    );
    expect(statesOf(run)).toEqual({ 'two nodes': 'failed: of the test' });
    const said = [...run.printed.matchAll(/snoop: left in the cluster: (.*)/g)].map(([, line]) => line);
    expect(said.map((line) => line?.slice(0, 60))).toEqual([
      expect.stringContaining(`/api/v1/nodes/second-${id}: 403 Forbidden`),
      expect.stringContaining(`/api/v1/nodes/first-${id}: 403 Forbidden`),
    ]);
  });
});

describe('a sweep removes what killed runs left', () => {
  /** Creates a state folder with a run that created a namespace and a cluster role. */
  async function leaveRun(changes: Parameters<typeof makeHead>[0] = {}): Promise<{
    stateFolder: string;
    namespace: string;
    role: string;
  }> {
    const stateFolder = await makeFolder();
    const id = createRandomName(8);
    const folder = join(stateFolder, 'runs', id);
    await mkdir(folder, { recursive: true });
    const head = makeHead({
      id,
      clusterServer: controlPlane.apiserver.url,
      owner: createOwnerLabel(stateFolder),
      ...changes,
    });
    await writeFile(join(folder, 'run.json'), JSON.stringify(head));
    const cluster = openCluster();
    const test = { name: 'left', runId: id, owner: head.owner };
    const namespace = await createNamespace(cluster, test, () => {});
    const { metadata } = await cluster
      .makeApiClient(RbacAuthorizationV1Api)
      .createClusterRole({ body: { metadata: { name: `left-${id}` } } });
    const journal = openWorkerJournal(folder);
    const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/left-${id}`;
    // Not this process, which would be killed.
    await writeFile(join(folder, 'worker-1.jsonl'), '');
    journal.write({ kind: 'created', at: '', test: 't', path: role, uid: metadata?.uid ?? '' });
    journal.close();
    onTestFinished(async () => {
      for (const path of [namespace.object.path, role]) await sendRaw(openCluster(), { method: 'DELETE', path });
    });
    return { stateFolder, namespace: namespace.object.path, role };
  }

  const sweep = (stateFolder: string): ReturnType<typeof sweepDeadRuns> =>
    sweepDeadRuns({ ownKubeConfig: openCluster(), stateFolder });

  test('objects by their journal and namespaces by their labels, once', async () => {
    const { stateFolder, namespace, role } = await leaveRun();
    const { removed, failures } = await sweep(stateFolder);
    expect([removed.map(({ path }) => path), failures]).toEqual([[role, namespace], []]);
    expect([await look(role), await look(namespace)]).toEqual(['gone', expect.stringMatching(/going|gone/)]);
    expect(await sweep(stateFolder)).toEqual({ removed: [], failures: [] });
  });

  test.each<[string, Parameters<typeof makeHead>[0], ('there' | 'gone')[]]>([
    ['a running run', { process: thisProcess() }, ['there', 'there']],
    ['a run of another machine', { owner: createOwnerLabel('/another/machine') }, ['there', 'there']],
    ['a run on another cluster', { clusterServer: 'https://other.example:6443' }, ['there', 'gone']],
    [
      'a run that has ended in a process that lives',
      { process: thisProcess(), endedAt: '2026-01-01T00:00:00Z' },
      ['gone', 'gone'],
    ],
  ])('%s', async (_name, changes, expected) => {
    const { stateFolder, namespace, role } = await leaveRun(changes);
    await sweep(stateFolder);
    const seen = [await look(role), await look(namespace)].map((state) => (state === 'going' ? 'gone' : state));
    expect(seen).toEqual(expected);
  });

  test('but not a young namespace of a run without a journal, or another object of the same name', async () => {
    const { stateFolder, namespace, role } = await leaveRun();
    await sendRaw(openCluster(), { method: 'DELETE', path: role });
    const name = role.split('/').at(-1) ?? '';
    await openCluster()
      .makeApiClient(RbacAuthorizationV1Api)
      .createClusterRole({ body: { metadata: { name } } });
    await sweep(stateFolder);
    expect(await look(role)).toBe('there');
    expect(await look(namespace)).not.toBe('there');

    const owner = createOwnerLabel(stateFolder);
    const young = await createNamespace(openCluster(), { name: 'young', runId: 'purged', owner }, () => {});
    onTestFinished(async () => void (await sendRaw(openCluster(), { method: 'DELETE', path: young.object.path })));
    await sweep(stateFolder);
    expect(await look(young.object.path)).toBe('there');
  });
});
