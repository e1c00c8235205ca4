import type { ReferencedKind } from '@snoop/snoopdb';

/** SIGs by API group. Core kinds belong to several: {@link coreSigs}. */
const sigs: Readonly<Record<string, string>> = {
  'admissionregistration.k8s.io': 'api-machinery',
  'apiextensions.k8s.io': 'api-machinery',
  'apiregistration.k8s.io': 'api-machinery',
  apps: 'apps',
  'authentication.k8s.io': 'auth',
  'authorization.k8s.io': 'auth',
  autoscaling: 'autoscaling',
  batch: 'apps',
  'certificates.k8s.io': 'auth',
  'coordination.k8s.io': 'node',
  'discovery.k8s.io': 'network',
  'events.k8s.io': 'instrumentation',
  'flowcontrol.apiserver.k8s.io': 'api-machinery',
  'internal.apiserver.k8s.io': 'api-machinery',
  'networking.k8s.io': 'network',
  'node.k8s.io': 'node',
  policy: 'apps',
  'rbac.authorization.k8s.io': 'auth',
  'resource.k8s.io': 'node',
  'scheduling.k8s.io': 'scheduling',
  'storage.k8s.io': 'storage',
  'storagemigration.k8s.io': 'api-machinery',
};

const coreSigs: Readonly<Record<string, string>> = {
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

/** Whether Kubernetes itself has an API group. */
export function isKubernetesGroup(group: string): boolean {
  return group === '' || Object.hasOwn(sigs, group);
}

/** Finds the SIG that a kind belongs to; null: the kind is not one of Kubernetes. */
export function findSig({ group, kind }: ReferencedKind): string | null {
  if (group === '') return Object.hasOwn(coreSigs, kind) ? (coreSigs[kind] ?? null) : 'node';
  return Object.hasOwn(sigs, group) ? (sigs[group] ?? null) : null;
}
