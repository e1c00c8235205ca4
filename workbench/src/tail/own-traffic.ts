import type { FollowedEvent } from '@snoop/snoopdb';

/**
 * Users that the components of control plane and nodes authenticate as
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#core-component-roles).
 */
const clusterUsers: readonly RegExp[] = [
  /^system:(apiserver|kube-controller-manager|cloud-controller-manager|kube-scheduler|kube-proxy)$/,
  /^system:node:/,
  /^system:bootstrap:/,
  // Controllers with their own accounts, and add-ons such as CoreDNS.
  /^system:serviceaccount:(kube-system|local-path-storage):/,
];

/** Programs of control plane and nodes, which may authenticate as other users; and snoop. */
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
 * Whether a request is from the cluster itself (kube-apiserver, controllers, scheduler, kubelets, probes, add-ons of
 * kube-system) or snoop's housekeeping, not from a test or a person.
 */
export function isOwnTraffic({ agent, user }: Pick<FollowedEvent, 'agent' | 'user'>): boolean {
  if (agent !== null && testAgent.test(agent)) return false;
  if (agent !== null && clusterAgents.has(agent.split(/[/ ]/, 1)[0] ?? '')) return true;
  return user !== null && clusterUsers.some((pattern) => pattern.test(user));
}
