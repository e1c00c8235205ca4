import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { listShippedReleases, readShippedOperations } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { describeCall, loadClientMethods, deriveMethod } from '../../src/audited-cluster/client-call.ts';
import type { CalledEndpoint } from '../../src/audited-cluster/client-call.ts';

const generated = join(dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')), 'gen');

/** `CoreV1Api.listNamespacedPod`: the required parameters, in alphabetical order. */
function readRequired(): Map<string, string[]> {
  const types = readFileSync(join(generated, 'types', 'ObjectParamAPI.d.ts'), 'utf8');
  const required = new Map<string, string[]>();
  for (const [, name = '', fields = ''] of types.matchAll(/^export interface (\w+)Request \{(.*?)^\}/gms)) {
    const names = [...fields.matchAll(/^ {4}(\w+): /gm)].flatMap(([, field]) => field ?? []);
    required.set(name.toLowerCase(), names.sort());
  }
  return required;
}

/** `CoreV1Api.listNamespacedPod`: `GET /api/v1/namespaces/{namespace}/pods`. */
function readRequests(): Map<string, string> {
  const requests = new Map<string, string>();
  for (const file of readdirSync(join(generated, 'apis')).filter((name) => name.endsWith('Api.js'))) {
    const source = readFileSync(join(generated, 'apis', file), 'utf8');
    const methods = source.matchAll(
      /^ {4}async (\w+)\((?:(?!^ {4}async ).)*?localVarPath = '([^']+)'.*?HttpMethod\.(\w+)\)/gms,
    );
    for (const [, name = '', path, method] of methods) {
      requests.set(`${file.slice(0, -'.js'.length)}.${name}`, describe(method, path));
    }
  }
  return requests;
}

/** Ignores a trailing slash. */
function describe(method = '', path = ''): string {
  return `${method} ${path.replace(/\/$/, '')}`;
}

async function readEndpoints(): Promise<CalledEndpoint[]> {
  const endpoints = new Map<string, CalledEndpoint>();
  for (const release of await listShippedReleases()) {
    for (const one of (await readShippedOperations(release)) ?? []) endpoints.set(`${one.method} ${one.path}`, one);
  }
  return [...endpoints.values()];
}

test('finds the method of every endpoint of the shipped releases, with its request and parameters', async () => {
  const hasMethod = await loadClientMethods();
  const [required, requests, endpoints] = [readRequired(), readRequests(), await readEndpoints()];
  const without: CalledEndpoint[] = [];
  let called = 0;
  for (const endpoint of endpoints) {
    const method = deriveMethod(endpoint);
    if (method === null || !hasMethod(method.client, method.name)) {
      without.push(endpoint);
      continue;
    }
    called += 1;
    const name = `${method.client}.${method.name}`;
    expect(`${name}: ${requests.get(name)}`).toBe(`${name}: ${describe(endpoint.method, endpoint.path)}`);
    expect({ name, required: required.get(name.replace('.', '').toLowerCase()) }).toEqual({
      name,
      required: [...method.parameters].sort(),
    });
  }
  expect(called).toBeGreaterThan(800);
  // The client does not have the other paths: deprecated watches, and groups of other releases.
  const known = new Set(requests.values());
  expect(without.filter(({ method, path }) => known.has(describe(method, path)))).toEqual([]);
  const places = without
    .filter(({ path }) => !path.includes('/watch/'))
    .map(({ path }) => path.split('/').slice(1, 4).join('/'));
  expect([...new Set(places)].sort()).toMatchInlineSnapshot(`
    [
      "apis/admissionregistration.k8s.io/v1",
      "apis/admissionregistration.k8s.io/v1beta1",
      "apis/certificates.k8s.io/v1",
      "apis/certificates.k8s.io/v1beta1",
      "apis/lifecycle.k8s.io/",
      "apis/lifecycle.k8s.io/v1alpha1",
      "apis/resource.k8s.io/v1",
      "apis/resource.k8s.io/v1alpha3",
      "apis/resource.k8s.io/v1beta2",
      "apis/scheduling.k8s.io/v1alpha1",
      "apis/scheduling.k8s.io/v1alpha2",
      "apis/scheduling.k8s.io/v1alpha3",
      "apis/scheduling.k8s.io/v1beta1",
      "apis/storage.k8s.io/v1",
      "apis/storagemigration.k8s.io/v1",
      "apis/storagemigration.k8s.io/v1beta1",
    ]
  `);
});

const pods = { group: '', version: 'v1', kind: 'Pod' };
const things = { group: 'things.k8s.io', version: 'v1alpha1', kind: 'Thing' };
const at = '/apis/things.k8s.io/v1alpha1';

test.each<[CalledEndpoint, string, string | null]>([
  [
    { endpoint: 'listCoreV1NamespacedPod', method: 'GET', path: '/api/v1/namespaces/{namespace}/pods', ...pods },
    'core.listNamespacedPod({ namespace })',
    'CoreV1Api',
  ],
  [
    {
      endpoint: 'replaceCoreV1NamespacedPod',
      method: 'PUT',
      path: '/api/v1/namespaces/{namespace}/pods/{name}',
      ...pods,
    },
    'core.replaceNamespacedPod({ namespace, name, body })',
    'CoreV1Api',
  ],
  [
    { endpoint: 'listCoreV1Node', method: 'GET', path: '/api/v1/nodes', ...pods, kind: 'Node' },
    'core.listNode()',
    'CoreV1Api',
  ],
  [
    {
      endpoint: 'listRbacAuthorizationV1NamespacedRole',
      method: 'GET',
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles',
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      kind: 'Role',
    },
    'rbacAuthorization.listNamespacedRole({ namespace })',
    'RbacAuthorizationV1Api',
  ],
  // A custom group whose operations have the name of a built-in one.
  [
    {
      endpoint: 'listAppsV1Deployment',
      method: 'GET',
      path: '/apis/apps.k8s.io/v1/deployments',
      group: 'apps.k8s.io',
      version: 'v1',
      kind: 'Deployment',
    },
    "cluster.objects().list('apps.k8s.io/v1', 'Deployment')",
    null,
  ],
  [
    { endpoint: 'readThing', method: 'GET', path: `${at}/namespaces/{namespace}/things/{name}`, ...things },
    "cluster.objects().read({ apiVersion: 'things.k8s.io/v1alpha1', kind: 'Thing', metadata: { name, namespace } })",
    null,
  ],
  [
    { endpoint: 'createThing', method: 'POST', path: `${at}/things`, ...things },
    "cluster.objects().create({ apiVersion: 'things.k8s.io/v1alpha1', kind: 'Thing', metadata: { name }, … })",
    null,
  ],
  [
    { endpoint: 'patchThingStatus', method: 'PATCH', path: `${at}/things/{name}/status`, ...things },
    `cluster.request({ method: 'PATCH', path: \`${at}/things/\${name}/status\`, body })`,
    null,
  ],
  [
    { endpoint: 'deleteCollectionThing', method: 'DELETE', path: `${at}/things`, ...things },
    "cluster.request({ method: 'DELETE', path: '/apis/things.k8s.io/v1alpha1/things' })",
    null,
  ],
])('$endpoint', (endpoint, call, client) => {
  const known = new Set([
    'listNamespacedPod',
    'replaceNamespacedPod',
    'listNode',
    'listNamespacedRole',
    'listDeployment',
  ]);
  const found = describeCall(endpoint, (_client, method) => known.has(method));
  expect(found).toMatchObject({ call, client });
});
