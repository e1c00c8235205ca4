import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAllYaml } from '@kubernetes/client-node';
import type { V1ClusterRole } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildOverlay, findTemplate, isDeployment, kubectl, overlayNames } from './manifests/overlays.ts';
import type { Manifest, OverlayName } from './manifests/overlays.ts';
import { runProgram, runWell } from './manifests/programs.ts';
import type { EndedProgram } from './manifests/programs.ts';

const snoop = fileURLToPath(new URL('../workbench/bin/snoop.js', import.meta.url));

/** A control plane of this file's own: new kinds of objects would change the OpenAPI document of the one that all share. */
let state = '';

beforeAll(async () => {
  if (kubectl === null) return;
  state = await mkdtemp(join(tmpdir(), 'snoop-manifests-'));
  await runWell(process.execPath, [snoop, 'up', '--state', state]);
  await runWell(kubectl, args('apply', '-f', '-'), list(foreignKinds));
  const names = foreignKinds.map(({ metadata }) => `crd/${metadata.name}`);
  await runWell(kubectl, args('wait', '--for=condition=Established', '--timeout=60s', ...names));
});

afterAll(async () => {
  if (state === '') return;
  await runWell(process.execPath, [snoop, 'down', '--purge', '--state', state]);
  await rm(state, { recursive: true, force: true });
});

beforeEach((context) => {
  if (kubectl === null) context.skip('no kubectl on PATH: no apiserver was asked about the manifests');
});

const args = (...more: string[]): string[] => ['--kubeconfig', join(state, 'kubeconfig'), ...more];

function runKubectl(more: readonly string[], input = ''): Promise<EndedProgram> {
  if (kubectl === null) throw new Error('There is no kubectl on PATH.');
  return runProgram(kubectl, args(...more), input);
}

const serverSide = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
const strictDryRun = [...serverSide, '--dry-run=server', '--validate=strict'];

const print = (manifests: readonly Manifest[]): string => manifests.map(({ text }) => text).join('---\n');
const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/**
 * Kinds of the Prometheus operator and of cert-manager, which this apiserver does not have. That they exist is all that is
 * said of them here: their fields are not checked.
 */
const foreignKinds = [
  ['monitoring.coreos.com', 'ServiceMonitor', 'servicemonitors'],
  ['monitoring.coreos.com', 'PrometheusRule', 'prometheusrules'],
  ['cert-manager.io', 'Issuer', 'issuers'],
  ['cert-manager.io', 'Certificate', 'certificates'],
].map(([group, kind, plural]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind?.toLowerCase() },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}));

/** Of the service range of this control plane: the one place of the address is changed, as a person would. */
const fixedAddress = {
  patches: [
    {
      target: { kind: 'Service', name: 'auditlogger' },
      patch: JSON.stringify([{ op: 'replace', path: '/spec/clusterIP', value: '10.0.0.99' }]),
    },
  ],
};

const build = (name: OverlayName): Promise<readonly Manifest[]> =>
  buildOverlay(name, name === 'kind' ? {} : fixedAddress);

/** Namespaces that a dry run does not make, and what is in them needs. */
async function applyNamespaces(manifests: readonly Manifest[]): Promise<void> {
  const first = manifests.filter(({ kind }) => kind === 'Namespace' || kind === 'ServiceAccount');
  const { stderr, exitCode } = await runKubectl(serverSide, print(first));
  expect([exitCode, stderr]).toEqual([0, '']);
}

describe.each(overlayNames)('%s', (name) => {
  test('the apiserver accepts every object with all its fields', async () => {
    const manifests = await build(name);
    await applyNamespaces(manifests);
    const { exitCode, stdout, stderr } = await runKubectl(strictDryRun, print(manifests));
    // Warnings come on stderr: of fields that it does not know, of Pods that are not restricted.
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toHaveLength(manifests.length);
    expect(exitCode).toBe(0);
  });

  test('its Pods are allowed where the level restricted is enforced', async () => {
    const manifests = await build(name);
    await applyNamespaces(manifests);
    const namespace = manifests.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'snoop');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const pods = manifests.filter(isDeployment).map(({ metadata, spec }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: metadata?.name, namespace: metadata?.namespace, labels: spec?.template.metadata?.labels },
      spec: spec?.template.spec,
    }));
    const { exitCode, stdout, stderr } = await runKubectl(['create', '--dry-run=server', '-f', '-'], list(pods));
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toHaveLength(pods.length);
    expect(exitCode).toBe(0);
  });
});

test('a Pod below restricted is refused there, so that the test above can fail', async () => {
  const manifests = await build('kind');
  await applyNamespaces(manifests);
  const { spec } = findTemplate(manifests, 'workbench');
  const metadata = { name: 'loose', namespace: 'snoop' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, hostNetwork: true } };
  const { exitCode, stderr } = await runKubectl(['create', '--dry-run=server', '-f', '-'], list([pod]));
  expect(stderr).toContain('violates PodSecurity "restricted:latest"');
  expect(exitCode).toBe(1);
});

test('a field that does not exist is refused, so that the test above can fail', async () => {
  const manifests = await build('production');
  await applyNamespaces(manifests);
  const odd = print(manifests).replaceAll('replicas: 2', 'replica: 2');
  const { exitCode, stderr } = await runKubectl(strictDryRun, odd);
  expect(stderr).toMatch(/spec.*replica/);
  expect(exitCode).toBe(1);
});

interface Asked {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
}

/** Asks the apiserver what a ServiceAccount of the namespace snoop may do. */
async function askWhatIsAllowed(account: string, asked: readonly Asked[]): Promise<boolean[]> {
  const reviews = asked.map(({ path, ...resourceAttributes }) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:snoop:${account}`,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:snoop', 'system:authenticated'],
      ...(path === undefined
        ? { resourceAttributes }
        : { nonResourceAttributes: { path, verb: resourceAttributes.verb } }),
    },
  }));
  const { stdout, stderr, exitCode } = await runKubectl(['create', '-o', 'yaml', '-f', '-'], list(reviews));
  expect([exitCode, stderr]).toEqual([0, '']);
  const answered: Review[] = loadAllYaml(stdout);
  return answered.map(({ status }) => status.allowed);
}

interface Resources {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string }[];
}

/** Where a cluster says which resources it has. */
const groupVersionsOfRights = [
  '/api/v1',
  ...['apps/v1', 'autoscaling/v2', 'batch/v1', 'coordination.k8s.io/v1', 'discovery.k8s.io/v1', 'events.k8s.io/v1'],
  ...['networking.k8s.io/v1', 'policy/v1', 'resource.k8s.io/v1', 'storage.k8s.io/v1'],
  ...['rbac.authorization.k8s.io/v1', 'authorization.k8s.io/v1'],
].map((path) => (path.startsWith('/') ? path : `/apis/${path}`));

interface Review {
  readonly status: { readonly allowed: boolean };
}

const one = 'live-tests';
const anyone: readonly Asked[] = [
  { verb: 'get', path: '/version' },
  { verb: 'get', path: '/openapi/v2' },
  { verb: 'get', path: '/apis' },
];
const ofAnAuthor: readonly Asked[] = [
  { verb: 'create', resource: 'pods', namespace: one },
  { verb: 'create', resource: 'pods', subresource: 'exec', namespace: one },
  { verb: 'get', resource: 'pods', subresource: 'log', namespace: one },
  { verb: 'watch', resource: 'serviceaccounts', namespace: one },
  { verb: 'get', resource: 'namespaces', namespace: one, name: one },
  { verb: 'create', resource: 'secrets', namespace: one },
  { verb: 'deletecollection', group: 'apps', resource: 'deployments', namespace: one },
  { verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', subresource: 'status', namespace: one },
  { verb: 'update', group: 'rbac.authorization.k8s.io', resource: 'roles', namespace: one },
];
const ofNobody: readonly Asked[] = [
  { verb: 'list', resource: 'secrets' },
  { verb: 'get', resource: 'secrets', namespace: 'snoop', name: 'snoopdb' },
  { verb: 'get', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'get', resource: 'pods', namespace: 'snoop' },
  { verb: 'create', resource: 'pods', namespace: 'default' },
  { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'kube-system' },
  { verb: 'create', resource: 'namespaces' },
  { verb: 'delete', resource: 'namespaces', namespace: one, name: one },
  { verb: 'list', resource: 'nodes' },
  { verb: 'get', resource: 'nodes', subresource: 'proxy' },
  { verb: 'create', resource: 'persistentvolumes' },
  { verb: 'delete', resource: 'resourcequotas', namespace: one },
  { verb: 'update', resource: 'endpoints', namespace: one },
  { verb: 'update', resource: 'pods', subresource: 'status', namespace: one },
  { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'roles', namespace: one },
  { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'impersonate', resource: 'serviceaccounts', namespace: one },
  { verb: 'impersonate', resource: 'users' },
  { verb: 'get', path: '/metrics' },
];

describe('rights', () => {
  /** What gives rights is applied for good; a later overlay takes back what the one before gave. */
  async function applyRights(name: OverlayName): Promise<void> {
    const manifests = await build(name);
    await applyNamespaces(manifests);
    const kinds = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
    const rights = manifests.filter(({ kind }) => kinds.includes(kind));
    const { exitCode, stderr } = await runKubectl(serverSide, print(rights));
    expect([exitCode, stderr]).toEqual([0, '']);
  }

  test('kind: the workbench may do everything that tests need', async () => {
    await applyRights('kind');
    expect(await listRefused('workbench', [...anyone, ...ofAnAuthor, ...ofNobody])).toEqual([]);
  });

  test('production: the workbench may do what an author needs in live-tests, and nothing elsewhere', async () => {
    await applyRights('production');
    expect(await listRefused('workbench', [...anyone, ...ofAnAuthor])).toEqual([]);
    expect(await listRefused('workbench', ofNobody)).toEqual(ofNobody);
  });

  test('production: the auditlogger may do nothing', async () => {
    await applyRights('production');
    expect(await listRefused('auditlogger', [...ofAnAuthor, ...ofNobody])).toEqual([...ofAnAuthor, ...ofNobody]);
  });

  test('production: every resource of the rights exists', async () => {
    const answers = await Promise.all(groupVersionsOfRights.map((path) => runKubectl(['get', '--raw', path])));
    const known = answers.flatMap(({ stdout }) => {
      const { groupVersion, resources }: Resources = JSON.parse(stdout);
      const group = groupVersion.includes('/') ? groupVersion.split('/')[0] : '';
      return resources.map(({ name }) => `${group}/${name}`);
    });
    const roles: V1ClusterRole[] = (await build('production')).filter(({ kind }) => kind === 'ClusterRole');
    const named = roles.flatMap(({ rules }) =>
      (rules ?? []).flatMap(({ apiGroups, resources }) => (resources ?? []).map((name) => `${apiGroups?.[0]}/${name}`)),
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  async function listRefused(account: string, asked: readonly Asked[]): Promise<Asked[]> {
    const allowed = await askWhatIsAllowed(account, asked);
    expect(allowed).toHaveLength(asked.length);
    return asked.filter((_, index) => !allowed[index]);
  }
});
