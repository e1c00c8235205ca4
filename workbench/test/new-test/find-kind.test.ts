import { expect, test } from 'vitest';
import { findEndpointKind } from '../../src/new-test/find-endpoint-kind.ts';
import { findKind } from '../../src/new-test/find-kind.ts';
import type { FoundKind } from '../../src/new-test/find-kind.ts';
import type { ServedKind } from '../../src/new-test/served-kinds.ts';

function serve(group: string, version: string, kind: string, more: Partial<ServedKind> = {}): ServedKind {
  const singular = kind.toLowerCase();
  return {
    group,
    version,
    kind,
    path: { group, version },
    resource: `${singular}s`,
    subresource: null,
    singular,
    shortNames: [],
    namespaced: true,
    verbs: [],
    preferred: true,
    ...more,
  };
}

const served = [
  serve('', 'v1', 'Pod', { shortNames: ['po'] }),
  serve('policy', 'v1', 'Eviction', { path: { group: '', version: 'v1' }, resource: 'pods', subresource: 'eviction' }),
  serve('', 'v1', 'Event', { shortNames: ['ev'] }),
  serve('events.k8s.io', 'v1', 'Event', { shortNames: ['ev'] }),
  serve('apps', 'v1', 'Deployment', { shortNames: ['deploy'] }),
  serve('autoscaling', 'v1', 'Scale', {
    path: { group: 'apps', version: 'v1' },
    resource: 'deployments',
    subresource: 'scale',
  }),
  serve('autoscaling', 'v1', 'Scale', {
    path: { group: 'apps', version: 'v1' },
    resource: 'statefulsets',
    subresource: 'scale',
  }),
  serve('resource.k8s.io', 'v1beta1', 'ResourceClaim', { preferred: false }),
  serve('resource.k8s.io', 'v1', 'ResourceClaim'),
  serve('example.com', 'v1', 'Widget', { resource: 'widgets', shortNames: ['wd'] }),
];

function print(found: FoundKind): string {
  if (found.state === 'ambiguous') return `one of ${found.choices.join(', ')}`;
  if (found.state === 'unknown') return `unknown; near ${found.nearest.join(', ')}`;
  const { path, resource, subresource } = found.kind;
  return [path.group, path.version, resource, subresource].filter(Boolean).join('/');
}

test.each([
  ['Pod', 'v1/pods'],
  ['pods', 'v1/pods'],
  ['pod', 'v1/pods'],
  ['PO', 'v1/pods'],
  ['v1/Pod', 'v1/pods'],
  ['deployments.apps', 'apps/v1/deployments'],
  ['deployments.v1.apps', 'apps/v1/deployments'],
  ['apps/v1/Deployment', 'apps/v1/deployments'],
  ['wd', 'example.com/v1/widgets'],
  ['Eviction', 'v1/pods/eviction'],
  ['deployments/scale', 'apps/v1/deployments/scale'],
  ['ResourceClaim', 'resource.k8s.io/v1/resourceclaims'],
  ['resource.k8s.io/v1beta1/ResourceClaim', 'resource.k8s.io/v1beta1/resourceclaims'],
  ['events', 'one of events.k8s.io/v1/Event, v1/Event'],
  ['events.k8s.io/v1/Event', 'events.k8s.io/v1/events'],
  ['v1/Event', 'v1/events'],
  ['Scale', 'one of apps/v1/deployments/scale, apps/v1/statefulsets/scale'],
  ['apps/v1/statefulsets/scale', 'apps/v1/statefulsets/scale'],
  ['Widgte', 'unknown; near Widget, widgets'],
])('finds %s', (name, expected) => {
  expect(print(findKind(name, served))).toBe(expected);
});

const operations = [
  {
    endpoint: 'createCoreV1NamespacedPodEviction',
    method: 'POST',
    path: '/api/v1/namespaces/{namespace}/pods/{name}/eviction',
  },
  { endpoint: 'listCoreV1PodForAllNamespaces', method: 'GET', path: '/api/v1/pods' },
  { endpoint: 'listCoreV1NamespacedEvent', method: 'GET', path: '/api/v1/namespaces/{namespace}/events' },
  { endpoint: 'getCoreAPIVersions', method: 'GET', path: '/api/' },
];

test.each([
  ['createCoreV1NamespacedPodEviction', { state: 'found', kind: { kind: 'Pod' } }],
  ['listcorev1pod', { state: 'found', kind: { kind: 'Pod' } }],
  ['listCoreV1', { state: 'ambiguous', choices: ['listCoreV1PodForAllNamespaces', 'listCoreV1NamespacedEvent'] }],
  ['getCore', { state: 'no kind', endpoint: 'getCoreAPIVersions' }],
  ['deleteAll', { state: 'unknown' }],
])('finds the kind of the endpoint %s', (name, expected) => {
  expect(findEndpointKind(name, operations, served)).toMatchObject(expected);
});
