import { hasRun, type TestFailure, type TestResult, type TestState } from '../results/test-result.ts';

/** One `testcase` of a file. */
export interface TestCase {
  readonly name: string;
  readonly originalName: string;
  readonly className: string;
  readonly state: TestState;
  readonly seconds: number | null;
  readonly failure: TestFailure | null;
}

/**
 * Makes a test of each name: gotestsum and merged files have one case for each attempt, in order of time. Merged files of
 * parallel runs have a test that ran once, and skipped in the others.
 */
export function mergeAttempts(cases: Iterable<TestCase>): TestResult[] {
  const tests = new Map<string, TestResult>();
  for (const one of cases) {
    const key = `${one.className}\n${one.name}`;
    const earlier = tests.get(key);
    tests.set(key, earlier === undefined ? { ...one, attempts: 1 } : addAttempt(earlier, one));
  }
  return [...tests.values()];
}

function addAttempt(test: TestResult, attempt: TestCase): TestResult {
  if (!hasRun(attempt.state)) return hasRun(test.state) ? test : { ...test, state: attempt.state };
  if (!hasRun(test.state)) return { ...attempt, originalName: test.originalName, attempts: 1 };
  return {
    ...test,
    state: attempt.state === 'passed' && test.state !== 'passed' ? 'flaked' : attempt.state,
    attempts: test.attempts + 1,
    seconds: test.seconds === null ? attempt.seconds : test.seconds + (attempt.seconds ?? 0),
    failure: attempt.failure ?? test.failure,
  };
}
