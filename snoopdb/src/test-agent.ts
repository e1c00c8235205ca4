/** What a user agent says about who made a request. */
export interface Agent {
  /** The agent without the test's name. */
  name: string;
  /** The test's name; null when the agent names none, or is no test agent. */
  test: string | null;
  /** An e2e test. */
  testHit: boolean;
  /** An e2e test whose name has `[Conformance]`. */
  confTestHit: boolean;
}

const separator = ' -- ';
// Suites of old put the source file between agent and name.
const sourceFile = /^\S+\.go:\d+ -- /;

/**
 * Reads a user agent. Test agents are `e2e.test/…` and whatever starts with `live-test`; a test's name is what follows
 * the first ` -- ` of such an agent, as it stands there.
 */
export function readAgent(userAgent: string): Agent {
  const isE2e = userAgent.startsWith('e2e.test/') || userAgent.startsWith('e2e.test ') || userAgent === 'e2e.test';
  const isTestAgent = isE2e || userAgent.startsWith('live-test');
  if (!isTestAgent) return { name: userAgent, test: null, testHit: false, confTestHit: false };
  const at = userAgent.indexOf(separator);
  const name = at < 0 ? userAgent : userAgent.slice(0, at);
  const test = at < 0 ? '' : userAgent.slice(at + separator.length).replace(sourceFile, '');
  return { name, test: test || null, testHit: isE2e, confTestHit: isE2e && test.includes('[Conformance]') };
}
