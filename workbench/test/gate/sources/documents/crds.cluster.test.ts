import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openOwnKubeConfig } from '../../../../src/audited-cluster/own-kube-config.ts';
import { type ClusterAccess, sendRaw } from '../../../../src/audited-cluster/raw-request.ts';
import type { GateEndpoint } from '../../../../src/gate/facts.ts';
import { isOfGroups } from '../../../../src/gate/groups.ts';
import { readDocument } from '../../../../src/gate/sources/documents/openapi.ts';
import { findShared } from '../../../support/control-plane.ts';

let access: ClusterAccess;

beforeAll(async () => {
  access = openOwnKubeConfig({ files: [(await findShared()).kubeconfig], context: null });
});

const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };

function createCrd(group: string, plural: string, scope: string, kind: string, versions: readonly object[]) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, in a test' } },
    spec: { group, scope, names: { plural, singular: kind.toLowerCase(), kind }, versions },
  };
}

function createVersion(name: string, more: object = {}): object {
  return { name, served: true, storage: false, schema: { openAPIV3Schema: schema }, ...more };
}

const crds = [
  createCrd('gate.snoop.example.com', 'web-apps', 'Namespaced', 'WebApp', [
    createVersion('v1', { storage: true, subresources: { status: {}, scale } }),
    createVersion('v1beta1', { deprecated: true, subresources: { status: {} } }),
    createVersion('v1alpha1'),
    createVersion('v2', { served: false }),
  ]),
  createCrd('gate2.k8s.io', 'zones', 'Cluster', 'Zone', [
    createVersion('v1', { storage: true, subresources: { scale } }),
  ]),
];

function sort(endpoints: readonly GateEndpoint[]): GateEndpoint[] {
  const groups = ['gate.snoop.example.com', 'gate2.k8s.io'];
  return endpoints.filter(({ path }) => isOfGroups(path, groups)).sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

async function read(name: string, value: unknown): Promise<GateEndpoint[]> {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const content = { name, files: [{ name, bytes }], git: null };
  const { endpoints } = await readDocument(content, new AbortController().signal);
  return sort(endpoints);
}

test('the endpoints of CRDs are those of a kube-apiserver', { timeout: 180_000 }, async () => {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const crd of crds) {
    const made = await sendRaw(access, { method: 'POST', path, body: crd });
    expect(made.status, made.body).toBe(201);
    onTestFinished(async () => {
      await sendRaw(access, { method: 'DELETE', path: `${path}/${crd.metadata.name}` });
    });
  }
  const fromManifests = await read('crds.json', { apiVersion: 'v1', kind: 'List', items: crds });
  expect(fromManifests.length).toBe(14 + 11 + 8 + 10);
  await expect
    .poll(async () => read('/openapi/v2', (await sendRaw(access, { path: '/openapi/v2' })).body), {
      timeout: 120_000,
      interval: 2000,
    })
    .toEqual(fromManifests);
});
