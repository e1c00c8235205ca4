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
  /** An agent that starts with `live-test`. */
  isLive: boolean;
  /** The API server had cut it: the test is the only known one that begins so, else what is left of its name. */
  testCut: boolean;
}

/** Finds the one test whose name begins so; null when there is none, or more than one. */
export type TestFinder = (beginning: string) => string | null;

const separator = ' -- ';
// Suites of old put the source file between agent and name.
const sourceFile = /^\S+\.go:\d+ -- /;
// Kubernetes: staging/src/k8s.io/apiserver/pkg/audit/request.go cuts at 1024 bytes, in the middle of a letter too.
const cutMark = '...TRUNCATED';
const cutLetter = '\uFFFD';

/** Whether a test is a conformance test, by its name. */
export function isConformanceTest(test: string): boolean {
  return test.includes('[Conformance]');
}

/**
 * Reads a user agent. Test agents are `e2e.test/…` and whatever starts with `live-test`; a test's name is what follows
 * the first ` -- ` of such an agent, as it stands there.
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
  const testCut = isCut(rest);
  const beginning = testCut ? dropCutLetters(rest.slice(0, -cutMark.length)) : rest;
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

// Upper case, another separator, or none.
const nearTestAgent = /^(?:live[-_. ]?test|e2e[-_. ]?test(?=[/ ]|$))/i;

/** Whether a user agent was meant to be a test agent, by its looks, and is none: `Live-Test`, `live_test`, `E2E.test/v1`. */
export function resemblesTestAgent(userAgent: string): boolean {
  if (!nearTestAgent.test(userAgent)) return false;
  const { isLive, testHit } = readAgent(userAgent);
  return !isLive && !testHit;
}

/** By hand: a pattern would try anew at each of them. */
function dropCutLetters(text: string): string {
  let end = text.length;
  while (text[end - 1] === cutLetter) end -= 1;
  return text.slice(0, end);
}

/** Whether the API server cut this user agent. */
export function isCut(userAgent: string): boolean {
  return userAgent.endsWith(cutMark);
}

/** Makes a finder from all names that are known. */
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
