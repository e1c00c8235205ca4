/**
 * `flaked`: an attempt failed and the last one passed. `pending`: the suite's authors switched the test off; `skipped`: a
 * filter or the test itself did.
 */
export type TestState = 'passed' | 'failed' | 'flaked' | 'skipped' | 'pending';

export const testStates: readonly TestState[] = ['passed', 'failed', 'flaked', 'skipped', 'pending'];

export interface TestFailure {
  /** As the suite names it: `failed`, `timedout`, `panicked`, `interrupted`, `aborted`, `Failure`, … */
  readonly kind: string;
  /** The first line that says something, for grouping; up to 500 characters. */
  readonly firstLine: string;
  /** The beginning of the failure's text. */
  readonly message: string;
}

/** One test of a run. Attempts with the same class and name are one test. */
export interface TestResult {
  /** As conformance.yaml has it in `codename`. */
  readonly name: string;
  /** As the file has it. */
  readonly originalName: string;
  /** The suite's name for Ginkgo, the package for `go test`. */
  readonly className: string;
  readonly state: TestState;
  readonly attempts: number;
  /** Of all attempts; null if the file has no time. */
  readonly seconds: number | null;
  /** Of the last failed attempt. */
  readonly failure: TestFailure | null;
}

/** Whether the test was executed. */
export function hasRun(state: TestState): boolean {
  return state === 'passed' || state === 'failed' || state === 'flaked';
}

export function countStates(tests: Iterable<Pick<TestResult, 'state'>>): Record<TestState, number> {
  const counts = { passed: 0, failed: 0, flaked: 0, skipped: 0, pending: 0 };
  for (const { state } of tests) counts[state] += 1;
  return counts;
}
