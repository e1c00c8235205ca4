import type { RunTestRow } from './run-rows.ts';

/** Outcomes of the try of a test that sent a request, the most reliable first. */
export const tryOutcomes = ['passed', 'failed try', 'failed test', 'skipped test', 'unfinished test'] as const;

/** `failed try`: a later try of the same test passed. `skipped test`: it skipped itself while it ran. */
export type TryOutcome = (typeof tryOutcomes)[number];

/** Counts by outcome, without zeros. */
export type OutcomeCounts = Partial<Record<TryOutcome, number>>;

const ofState = {
  passed: 'passed',
  failed: 'failed test',
  skipped: 'skipped test',
  running: 'unfinished test',
  // It sends no request, unless an imported document has some.
  outlined: 'unfinished test',
  // Nothing shows that it failed.
  unknown: 'passed',
} as const satisfies Record<RunTestRow['state'] | 'unknown', TryOutcome>;

/** @param test undefined: the test is unknown, so it never ended */
export function findTryOutcome(
  test: { state: RunTestRow['state'] | 'unknown'; tries: number } | undefined,
  tryNumber: number,
): TryOutcome {
  if (test === undefined) return 'unfinished test';
  return test.state === 'passed' && tryNumber < test.tries ? 'failed try' : ofState[test.state];
}

/** Returns the most reliable outcome with a count; null: none. */
export function findBestOutcome(counts: OutcomeCounts): TryOutcome | null {
  return tryOutcomes.find((outcome) => (counts[outcome] ?? 0) > 0) ?? null;
}

export function addOutcome(counts: OutcomeCounts, outcome: TryOutcome): void {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}
