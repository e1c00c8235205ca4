import { expect, test } from 'vitest';
import { findObjectPath, formatReferenceUrl } from '../../src/questions/api-reference.ts';

const pod = { group: '', version: 'v1', kind: 'Pod' };
const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' };
const policy = { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicy' };
const ingress = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };
const slice = { group: 'resource.k8s.io', version: 'v1beta2', kind: 'ResourceSlice' };
const pods = '/api/v1/namespaces/{namespace}/pods';
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const ingresses = '/apis/networking.k8s.io/v1';

// Anchors as the published page of v1.36 and links of well-known projects have them.
test.each([
  ['POST', `${pods}/{name}/eviction`, pod, 'create-eviction-pod-v1-core'],
  ['GET', `${pods}/{name}/log`, pod, 'read-log-pod-v1-core'],
  ['GET', `${pods}/{name}`, pod, 'read-pod-v1-core'],
  ['GET', pods, pod, 'list-pod-v1-core'],
  ['GET', '/api/v1/pods', pod, 'list-all-namespaces-pod-v1-core'],
  ['GET', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale', deployment, 'read-scale-deployment-v1-apps'],
  ['POST', policies, policy, 'create-validatingadmissionpolicy-v1-admissionregistration-k8s-io'],
  ['DELETE', policies, policy, 'delete-collection-validatingadmissionpolicy-v1-admissionregistration-k8s-io'],
  [
    'PUT',
    `${policies}/{name}/status`,
    policy,
    'replace-status-validatingadmissionpolicy-v1-admissionregistration-k8s-io',
  ],
  ['GET', `${ingresses}/ingresses`, ingress, 'list-all-namespaces-ingress-v1-networking-k8s-io'],
  ['GET', `${ingresses}/watch/ingresses`, ingress, 'watch-list-all-namespaces-ingress-v1-networking-k8s-io'],
  ['GET', `${ingresses}/watch/namespaces/{namespace}/ingresses`, ingress, 'watch-list-ingress-v1-networking-k8s-io'],
  ['GET', `${ingresses}/watch/namespaces/{namespace}/ingresses/{name}`, ingress, 'watch-ingress-v1-networking-k8s-io'],
  ['PATCH', `${ingresses}/namespaces/{namespace}/ingresses/{name}`, ingress, 'patch-ingress-v1-networking-k8s-io'],
] as const)('%s %s', (method, path, kind, anchor) => {
  const forAllNamespaces = anchor.includes('all-namespaces');
  expect(formatReferenceUrl('1.36.0', { method, path, level: 'stable', forAllNamespaces }, kind)).toBe(
    `https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#${anchor}`,
  );
});

test.each([
  ['an operation that the reference leaves out', 'PATCH', `${pods}/{name}/proxy`, 'stable', pod, '#pod-v1-core'],
  ['a subresource without an operation', 'PATCH', `${pods}/{name}/ephemeralcontainers`, 'stable', pod, '#pod-v1-core'],
  [
    'what is not stable',
    'GET',
    '/apis/resource.k8s.io/v1beta2/resourceslices',
    'beta',
    slice,
    '#resourceslice-v1beta2-resource-k8s-io',
  ],
  ['discovery', 'GET', '/apis/apps/v1/', 'stable', null, ''],
] as const)('%s: the section, or the page', (_what, method, path, level, kind, anchor) => {
  expect(formatReferenceUrl('1.35.2', { method, path, level, forAllNamespaces: false }, kind)).toBe(
    `https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.35/${anchor}`,
  );
});

test.each([
  [`${pods}/{name}/proxy/{path}`, `${pods}/{name}`],
  [pods, `${pods}/{name}`],
  ['/api/v1/pods', '/api/v1/pods/{name}'],
  ['/api/v1/namespaces/{name}/finalize', '/api/v1/namespaces/{name}'],
  [
    '/apis/apps/v1/watch/namespaces/{namespace}/deployments/{name}',
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
  ],
  ['/version/', null],
  ['/apis/apps/', null],
])('the object of %s', (path, object) => {
  expect(findObjectPath(path)).toBe(object);
});
