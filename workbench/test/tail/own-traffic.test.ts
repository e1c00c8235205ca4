import { expect, test } from 'vitest';
import { isOwnTraffic } from '../../src/tail/own-traffic.ts';

test.each<[string | null, string | null, boolean]>([
  ['kube-apiserver/v1.36.3 (linux/amd64) kubernetes/1a2b', 'system:apiserver', true],
  ['kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/1a2b', 'kubernetes-admin', true],
  ['agent/1', 'system:kube-controller-manager', true],
  ['agent/1', 'system:serviceaccount:kube-system:namespace-controller', true],
  ['agent/1', 'system:kube-scheduler', true],
  ['agent/1', 'system:node:snoop-control-plane', true],
  ['kubelet/v1.36.3 (linux/amd64)', null, true],
  ['kube-probe/1.36', 'system:anonymous', true],
  ['snoop/0.1.0', 'admin', true],
  [null, 'system:kube-proxy', true],
  // Tests and people, with any account.
  ['live-test-writing -- Pod lifecycle', 'system:serviceaccount:kube-system:default', false],
  ['e2e.test/v1.36.3 -- [sig-node] Pods', 'system:kube-scheduler', false],
  ['kubectl/v1.36.3 (linux/amd64)', 'kubernetes-admin', false],
  ['kubectl/v1.36.3 (linux/amd64)', 'system:admin', false],
  ['curl/8', 'system:anonymous', false],
  ['my-operator/1', 'system:serviceaccount:default:operator', false],
  ['snooper/1', 'ada', false],
  ['kubelet-like/1', 'system:nodes', false],
  ['', '', false],
  [null, null, false],
])('%s of %s: %s', (agent, user, isOwn) => {
  expect(isOwnTraffic({ agent, user })).toBe(isOwn);
});
