import type { FollowedEvent } from '@snoop/snoopdb';

/**
 * What a cluster does by itself: users that the parts of a control plane and of a node authenticate as
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles).
 */
const clusterUsers: readonly RegExp[] = [
  /^system:(apiserver|kube-controller-manager|cloud-controller-manager|kube-scheduler|kube-proxy)$/,
  /^system:node:/,
  /^system:bootstrap:/,
  // The controllers, where each has its own account, and add-ons such as CoreDNS.
  /^system:serviceaccount:(kube-system|local-path-storage):/,
];

/** Programs of a control plane and of its nodes, also where they authenticate as somebody else; and this one. */
const clusterAgents: ReadonlySet<string> = new Set([
  'kube-apiserver',
  'kube-controller-manager',
  'cloud-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kube-probe',
  'kubelet',
  'coredns',
  'kindnetd',
  'local-path-provisioner',
  'snoop',
]);

/** A test may run with any account. */
const testAgent = /^(live-test|e2e\.test)/;

/**
 * Whether a request is the control plane's own (kube-apiserver, controllers, scheduler, kubelets, probes, add-ons of
 * kube-system) or the workbench's house-keeping, and none of a test or a person.
 */
export function isOwnTraffic({ agent, user }: Pick<FollowedEvent, 'agent' | 'user'>): boolean {
  if (agent !== null && testAgent.test(agent)) return false;
  if (agent !== null && clusterAgents.has(agent.split(/[/ ]/, 1)[0] ?? '')) return true;
  return user !== null && clusterUsers.some((pattern) => pattern.test(user));
}
