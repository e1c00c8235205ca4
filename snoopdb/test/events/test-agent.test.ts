import { expect, test } from 'vitest';
import { readAgent, resemblesTestAgent } from '../../src/events/test-agent.ts';

test.each([
  ['kubectl/v1.36.0 (linux/amd64) kubernetes/abc', 'kubectl/v1.36.0 (linux/amd64) kubernetes/abc', null, '-'],
  ['kubectl -- not a test', 'kubectl -- not a test', null, '-'],
  ['livenessprobe/1.0', 'livenessprobe/1.0', null, '-'],
  ['livenessprobe/1.0 -- x', 'livenessprobe/1.0 -- x', null, '-'],
  ['', '', null, '-'],
  ['e2e.test/v1.36.0 (linux/amd64) kubernetes/abc', 'e2e.test/v1.36.0 (linux/amd64) kubernetes/abc', null, 'e2e'],
  [
    'e2e.test/v1.36.0 -- [sig-node] Pods should run [Conformance]',
    'e2e.test/v1.36.0',
    '[sig-node] Pods should run [Conformance]',
    'conformance',
  ],
  ['e2e.test/v1.36.0 -- [sig-apps] a -- b  c --d', 'e2e.test/v1.36.0', '[sig-apps] a -- b  c --d', 'e2e'],
  [
    'e2e.test/v1.20.0 -- k8s.io/test/e2e/kubectl.go:496 -- [sig-cli] works',
    'e2e.test/v1.20.0',
    '[sig-cli] works',
    'e2e',
  ],
  ['e2e.testing/v1 -- [Conformance]', 'e2e.testing/v1 -- [Conformance]', null, '-'],
  ['live-test-writing', 'live-test-writing', null, '-'],
  ['live-test-writing -- Pod lifecycle', 'live-test-writing', 'Pod lifecycle', '-'],
  ['live-test-writing -- wants [Conformance]', 'live-test-writing', 'wants [Conformance]', '-'],
  ['live-testing/2 -- ', 'live-testing/2', null, '-'],
])('%s', (userAgent, name, testName, kind) => {
  expect(readAgent(userAgent)).toEqual({
    name,
    test: testName,
    testHit: kind === 'e2e' || kind === 'conformance',
    confTestHit: kind === 'conformance',
    isLive: userAgent.startsWith('live-test'),
    testCut: false,
  });
});

test('handles an agent with hundreds of thousands of letters that was cut in the middle of one', () => {
  const letters = '\uFFFD'.repeat(300_000);
  expect(readAgent(`live-test -- a${letters}...TRUNCATED`)).toMatchObject({ test: 'a', testCut: true });
  expect(readAgent(`live-test -- ${letters}a...TRUNCATED`).test).toBe(`${letters}a`);
});

test.each([
  ['Live-Test', true],
  ['live_test -- a test', true],
  ['LiveTest/1', true],
  ['E2E.test/v1.36.0', true],
  ['e2e-test', true],
  ['live-test', false],
  ['live-test-writing -- a test', false],
  ['e2e.test/v1.36.0 -- a test', false],
  ['livenessprobe/1.0', false],
  ['e2e.tests.example', false],
  ['', false],
])('%j is almost a test agent: %s', (agent, isNear) => {
  expect(resemblesTestAgent(agent)).toBe(isNear);
});
