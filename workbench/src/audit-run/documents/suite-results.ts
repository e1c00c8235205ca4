/** How a test of the suite ended. `unknown`: the suite failed, and its JUnit does not name the test. */
export type TestOutcome = 'passed' | 'failed' | 'unknown';

/** What is known of the suite's tests. */
export interface SuiteResults {
  /** null: it did not exit by itself. */
  readonly exitCode: number | null;
  /** By the names of the suite's JUnit; null: it left none. */
  readonly outcomes: ReadonlyMap<string, TestOutcome> | null;
}

/**
 * Decides whether a test passed. If the suite exited with 0, its tests passed but for those that its JUnit calls failed;
 * if it failed without JUnit, its failed tests are unknown, and no test is set apart.
 */
export function judgeTest({ exitCode, outcomes }: SuiteResults, test: string): TestOutcome {
  if (outcomes === null) return 'passed';
  return outcomes.get(test) ?? (exitCode === 0 ? 'passed' : 'unknown');
}
