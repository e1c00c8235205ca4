import { hasRun, type TestFailure, type TestResult, type TestState } from './test-result.ts';

/** A test in two runs; a state is null if that run's file does not have the test. */
export interface TestChange {
  readonly name: string;
  readonly className: string;
  readonly before: TestState | null;
  readonly after: TestState | null;
  /** Of the later run. */
  readonly failure: TestFailure | null;
}

/** Every test of two runs that is not the same in both, in one list each; sorted by name. */
export interface ResultsComparison {
  /** Passed or flaked before, failed after. */
  readonly newlyFailing: readonly TestChange[];
  /** Failed before, passed or flaked after. */
  readonly newlyPassing: readonly TestChange[];
  /** Passed before, flaked after. */
  readonly newlyFlaking: readonly TestChange[];
  readonly stillFailing: readonly TestChange[];
  /** Has run before; afterwards the file still has the test, skipped or pending. */
  readonly notRun: readonly TestChange[];
  /** Skipped or pending before, has run after. */
  readonly newlyRun: readonly TestChange[];
  /** Only the earlier file has the test. */
  readonly gone: readonly TestChange[];
  /** Only the later file has the test. */
  readonly added: readonly TestChange[];
}

type Kind = keyof ResultsComparison;

/**
 * Compares the tests of an earlier run with those of a later one. A test may occur more than once, as in the files of
 * parallel processes, each of which lists the others' tests as skipped: the worst result of those that have run counts.
 */
export function compareResults(before: Iterable<TestResult>, after: Iterable<TestResult>): ResultsComparison {
  const earlier = indexTests(before);
  const later = indexTests(after);
  const changes: Record<Kind, TestChange[]> = {
    ...{ newlyFailing: [], newlyPassing: [], newlyFlaking: [], stillFailing: [] },
    ...{ notRun: [], newlyRun: [], gone: [], added: [] },
  };
  for (const key of new Set([...earlier.keys(), ...later.keys()])) {
    const old = earlier.get(key);
    const current = later.get(key);
    const test = current ?? old;
    const kind = classify(old?.state ?? null, current?.state ?? null);
    if (test === undefined || kind === null) continue;
    changes[kind].push({
      name: test.name,
      className: test.className,
      before: old?.state ?? null,
      after: current?.state ?? null,
      failure: current?.failure ?? null,
    });
  }
  for (const list of Object.values(changes)) list.sort(compareNames);
  return changes;
}

/** Which result counts if a run has several of a test. */
const ranks: Readonly<Record<TestState, number>> = { pending: 0, skipped: 1, passed: 2, flaked: 3, failed: 4 };

/** Older versions of Ginkgo write a second blank for a container without a text (`types.SpecReport.FullText`). */
function indexTests(tests: Iterable<TestResult>): Map<string, TestResult> {
  const indexed = new Map<string, TestResult>();
  for (const test of tests) {
    const key = `${test.className}\n${test.name}`.replace(/ {2,}/g, ' ');
    const known = indexed.get(key);
    if (known === undefined || ranks[test.state] > ranks[known.state]) indexed.set(key, test);
  }
  return indexed;
}

function classify(before: TestState | null, after: TestState | null): Kind | null {
  if (before === null) return 'added';
  if (after === null) return 'gone';
  if (!hasRun(before)) return hasRun(after) ? 'newlyRun' : null;
  if (!hasRun(after)) return 'notRun';
  if (before === 'failed') return after === 'failed' ? 'stillFailing' : 'newlyPassing';
  if (after === 'failed') return 'newlyFailing';
  return before === 'passed' && after === 'flaked' ? 'newlyFlaking' : null;
}

function compareNames(a: TestChange, b: TestChange): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.className < b.className ? -1 : 1;
}
