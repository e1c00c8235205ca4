/**
 * How a test of the suite ended. `skipped`: it did not run to its end; it may have sent requests before. `unknown`: the
 * suite failed, and its JUnit does not name the test.
 */
export type TestOutcome = 'passed' | 'failed' | 'skipped' | 'unknown';

/** What is known of the suite's tests. */
export interface SuiteResults {
  /** null: it did not exit by itself. */
  readonly exitCode: number | null;
  /** By the names of the suite's JUnit; null: it left none. */
  readonly outcomes: ReadonlyMap<string, TestOutcome> | null;
}

/**
 * Decides whether a test passed. If the suite exited with 0, its tests passed but for those that its JUnit calls failed or skipped;
 * if it failed without JUnit, its failed tests are unknown, and no test is set apart.
 */
export function judgeTest({ exitCode, outcomes }: SuiteResults, test: string): TestOutcome {
  if (outcomes === null) return 'passed';
  return outcomes.get(test) ?? (exitCode === 0 ? 'passed' : 'unknown');
}

/** Which outcome counts if several files have a test. */
const ranks: Readonly<Record<TestOutcome, number>> = { unknown: 0, skipped: 1, passed: 2, failed: 3 };

/** Joins the outcomes of several files: a test that failed in one failed; of parallel processes, one runs a test. */
export function joinOutcomes(
  tests: Iterable<readonly [test: string, outcome: TestOutcome]>,
  outcomes = new Map<string, TestOutcome>(),
): Map<string, TestOutcome> {
  for (const [test, outcome] of tests) {
    const known = outcomes.get(test);
    if (known === undefined || ranks[outcome] > ranks[known]) outcomes.set(test, outcome);
  }
  return outcomes;
}
