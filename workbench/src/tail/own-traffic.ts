import type { FollowedEvent } from '@snoop/snoopdb';

/** Users of the cluster beside the controllers: nodes that join, kube-proxy, and add-ons. */
const clusterUsers = /^system:(kube-proxy$|bootstrap:|serviceaccount:local-path-storage:)/;

/** Programs of the cluster beside the controllers, which may authenticate as any user; and snoop. */
const clusterAgents: ReadonlySet<string> = new Set([
  'kube-proxy',
  'kube-probe',
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
export function isOwnTraffic({
  agent,
  user,
  isController,
}: Pick<FollowedEvent, 'agent' | 'user' | 'isController'>): boolean {
  if (agent !== null && testAgent.test(agent)) return false;
  if (isController || (agent !== null && clusterAgents.has(agent.split(/[/ ]/, 1)[0] ?? ''))) return true;
  return user !== null && clusterUsers.test(user);
}
