import { readShippedOperations } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { findSig } from '../../src/ticket/api-groups.ts';
import { listKinds } from '../../src/ticket/kinds.ts';
import { findClientFile } from '../../src/ticket/reference-section.ts';

const typed = 'kubernetes/typed';

test.for([
  ['', 'v1', 'Pod', 'node', `client-go/${typed}/core/v1/pod.go`],
  ['', 'v1', 'Service', 'network', `client-go/${typed}/core/v1/service.go`],
  ['', 'v1', 'Binding', 'scheduling', `client-go/${typed}/core/v1/pod_expansion.go`],
  ['apps', 'v1', 'StatefulSet', 'apps', `client-go/${typed}/apps/v1/statefulset.go`],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'auth', `client-go/${typed}/rbac/v1/rolebinding.go`],
  [
    'flowcontrol.apiserver.k8s.io',
    'v1',
    'FlowSchema',
    'api-machinery',
    `client-go/${typed}/flowcontrol/v1/flowschema.go`,
  ],
  [
    'internal.apiserver.k8s.io',
    'v1alpha1',
    'StorageVersion',
    'api-machinery',
    `client-go/${typed}/apiserverinternal/v1alpha1/storageversion.go`,
  ],
  [
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'api-machinery',
    'apiextensions-apiserver/pkg/client/clientset/clientset/typed/apiextensions/v1/customresourcedefinition.go',
  ],
  [
    'apiregistration.k8s.io',
    'v1',
    'APIService',
    'api-machinery',
    'kube-aggregator/pkg/client/clientset_generated/clientset/typed/apiregistration/v1/apiservice.go',
  ],
] as const)('%s/%s %s is of sig-%s', ([group, version, kind, sig, file]) => {
  const { repository, path } = findClientFile({ group, version, kind });
  expect(findSig({ group, version, kind })).toBe(sig);
  expect(`${repository}/${path}`).toBe(file);
});

test.for(['1.33.0', '1.36.0'])('every kind of Kubernetes %s has a SIG', async (release) => {
  const kinds = listKinds((await readShippedOperations(release)) ?? []);
  expect(kinds.length).toBeGreaterThan(80);
  expect(kinds.filter((kind) => findSig(kind) === null)).toEqual([]);
});

test('a kind of another API has no SIG', () => {
  expect(findSig({ group: 'example.com', version: 'v1', kind: 'Pod' })).toBeNull();
  expect(findSig({ group: 'constructor', version: 'v1', kind: 'Pod' })).toBeNull();
});

test('names the kind of a subresource by its resource', () => {
  const pods = '/api/v1/namespaces/{namespace}/pods/{name}';
  const eviction = { path: `${pods}/eviction`, kind: 'Eviction' };
  const core = { group: '', version: 'v1' };
  expect(listKinds([eviction], [{ path: pods, kind: 'Pod' }])).toEqual([{ ...core, kind: 'Pod', isResource: true }]);
  expect(listKinds([eviction])).toEqual([{ ...core, kind: 'Eviction', isResource: false }]);
});
