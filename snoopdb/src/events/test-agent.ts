/** A parsed user agent. */
export interface Agent {
  /** The agent without the test's name. */
  name: string;
  /** The test's name; null if there is none, or it is not a test agent. */
  test: string | null;
  /** Whether it is an e2e test. */
  testHit: boolean;
  confTestHit: boolean;
  /** Whether it starts with `live-test`. */
  isLive: boolean;
  /**
   * Whether the API server truncated it. The test is then the only known one with this beginning, else the truncated
   * name.
   */
  testCut: boolean;
}

/** Finds the only test whose name begins like this; null if there is none, or several. */
export type TestFinder = (beginning: string) => string | null;

const separator = ' -- ';
// Old suites put the source file between agent and name.
const sourceFile = /^\S+\.go:\d+ -- /;
// Kubernetes: staging/src/k8s.io/apiserver/pkg/audit/request.go truncates at 1024 bytes, even within a character.
const cutMark = '...TRUNCATED';
const cutLetter = '\uFFFD';

export function isConformanceTest(test: string): boolean {
  return test.includes('[Conformance]');
}

/**
 * Parses a user agent. Test agents are `e2e.test/…` and all that start with `live-test`; the test's name is what
 * follows the first ` -- `, unchanged.
 */
export function readAgent(userAgent: string, findTest: TestFinder = () => null): Agent {
  const isE2e = userAgent.startsWith('e2e.test/') || userAgent.startsWith('e2e.test ') || userAgent === 'e2e.test';
  const isLive = userAgent.startsWith('live-test');
  if (!isE2e && !isLive) {
    return { name: userAgent, test: null, testHit: false, confTestHit: false, isLive, testCut: false };
  }
  const at = userAgent.indexOf(separator);
  const name = at < 0 ? userAgent : userAgent.slice(0, at);
  const rest = at < 0 ? '' : userAgent.slice(at + separator.length).replace(sourceFile, '');
  const testCut = isTruncatedAgent(rest);
  const beginning = testCut ? trimReplacements(rest.slice(0, -cutMark.length)) : rest;
  const test = testCut ? (findTest(beginning) ?? beginning) : rest;
  return {
    name,
    test: test || null,
    testHit: isE2e,
    confTestHit: isE2e && isConformanceTest(test),
    isLive,
    testCut,
  };
}

// Other case, another separator, or none.
const nearTestAgent = /^(?:live[-_. ]?test|e2e[-_. ]?test(?=[/ ]|$))/i;

/** Whether a user agent looks like a test agent but is not one: `Live-Test`, `live_test`, `E2E.test/v1`. */
export function resemblesTestAgent(userAgent: string): boolean {
  if (!nearTestAgent.test(userAgent)) return false;
  const { isLive, testHit } = readAgent(userAgent);
  return !isLive && !testHit;
}

/** Not a regular expression, which would take quadratic time. */
function trimReplacements(text: string): string {
  let end = text.length;
  while (text[end - 1] === cutLetter) end -= 1;
  return text.slice(0, end);
}

export function isTruncatedAgent(userAgent: string): boolean {
  return userAgent.endsWith(cutMark);
}

export function createTestFinder(names: Iterable<string>): TestFinder {
  const sorted = [...new Set(names)].sort();
  return (beginning) => {
    if (beginning === '') return null;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? '') < beginning) low = middle + 1;
      else high = middle;
    }
    const [found, another] = sorted.slice(low, low + 2);
    if (!found?.startsWith(beginning) || another?.startsWith(beginning)) return null;
    return found;
  };
}
