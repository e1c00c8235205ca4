import type { ReferencedKind } from '@snoop/snoopdb';

/** `labels` of pkg/apis/<group>/OWNERS in Kubernetes 1.36; policy names two, and its e2e tests are of sig-apps. */
const byOwners: Readonly<Record<string, string>> = {
  apps: 'apps',
  'authentication.k8s.io': 'auth',
  'authorization.k8s.io': 'auth',
  batch: 'apps',
  'certificates.k8s.io': 'auth',
  'networking.k8s.io': 'network',
  policy: 'apps',
  'rbac.authorization.k8s.io': 'auth',
  'scheduling.k8s.io': 'scheduling',
  'storage.k8s.io': 'storage',
};

/**
 * Groups without such a label: the `[sig-…]` of their tests in test/conformance/testdata/conformance.yaml or test/e2e; of
 * lifecycle, the folder of its KEP (kubernetes/enhancements keps/sig-node/4563-eviction-request-api).
 */
const byTests: Readonly<Record<string, string>> = {
  'admissionregistration.k8s.io': 'api-machinery',
  'apiextensions.k8s.io': 'api-machinery',
  'apiregistration.k8s.io': 'api-machinery',
  autoscaling: 'autoscaling',
  'coordination.k8s.io': 'node',
  'discovery.k8s.io': 'network',
  'events.k8s.io': 'instrumentation',
  'flowcontrol.apiserver.k8s.io': 'api-machinery',
  'internal.apiserver.k8s.io': 'api-machinery',
  'lifecycle.k8s.io': 'node',
  'node.k8s.io': 'node',
  'resource.k8s.io': 'node',
  'storagemigration.k8s.io': 'api-machinery',
};

/** The same for kinds of the core group, which several SIGs share. Others (Pod, Node, ConfigMap, …) are sig-node's. */
const coreKinds: Readonly<Record<string, string>> = {
  Binding: 'scheduling',
  ComponentStatus: 'api-machinery',
  Endpoints: 'network',
  Event: 'instrumentation',
  LimitRange: 'scheduling',
  Namespace: 'api-machinery',
  PersistentVolume: 'storage',
  PersistentVolumeClaim: 'storage',
  ReplicationController: 'apps',
  ResourceQuota: 'api-machinery',
  Service: 'network',
  ServiceAccount: 'auth',
};

const groups: ReadonlyMap<string, string> = new Map([...Object.entries(byOwners), ...Object.entries(byTests)]);
const kinds: ReadonlyMap<string, string> = new Map(Object.entries(coreKinds));

/** Whether Kubernetes itself has an API group. */
export function isKubernetesGroup(group: string): boolean {
  return group === '' || groups.has(group);
}

/** Finds the SIG that a kind belongs to: `storage`; null: the kind is not part of Kubernetes. */
export function findSig({ group, kind }: ReferencedKind): string | null {
  return (group === '' ? (kinds.get(kind) ?? 'node') : groups.get(group)) ?? null;
}
