import { expect, test } from 'vitest';
import { isOwnTraffic } from '../../src/tail/own-traffic.ts';

test.each<[string | null, string | null, boolean]>([
  ['kube-probe/1.36', 'system:anonymous', true],
  ['snoop/0.1.0', 'admin', true],
  [null, 'system:kube-proxy', true],
  ['agent/1', 'system:bootstrap:abcdef', true],
  ['agent/1', 'system:serviceaccount:local-path-storage:provisioner', true],
  // People, with any account.
  ['kubectl/v1.36.3 (linux/amd64)', 'kubernetes-admin', false],
  ['kubectl/v1.36.3 (linux/amd64)', 'system:admin', false],
  ['curl/8', 'system:anonymous', false],
  ['my-operator/1', 'system:serviceaccount:default:operator', false],
  ['snooper/1', 'ada', false],
  ['', '', false],
  [null, null, false],
])('%s of %s: %s', (agent, user, isOwn) => {
  expect(isOwnTraffic({ agent, user, isController: false })).toBe(isOwn);
});

test.each<[string, boolean]>([
  ['agent/1', true],
  // Tests may use the account of a controller.
  ['live-test-writing -- Pod lifecycle', false],
  ['e2e.test/v1.36.3 -- [sig-node] Pods', false],
])('%s of a controller: %s', (agent, isOwn) => {
  expect(isOwnTraffic({ agent, user: null, isController: true })).toBe(isOwn);
});
