import type { RunTestRow } from './run-rows.ts';

/** What became of the try of a test that sent a request, the most reliable first. */
export const tryOutcomes = ['passed', 'failed try', 'failed test', 'skipped test', 'unfinished test'] as const;

/** `failed try`: a later try of the same test passed. `skipped test`: it skipped itself while it ran. */
export type TryOutcome = (typeof tryOutcomes)[number];

/** How many of a number come from each standing; a standing that gave none is not there. */
export type OutcomeCounts = Partial<Record<TryOutcome, number>>;

const ofState = {
  passed: 'passed',
  failed: 'failed test',
  skipped: 'skipped test',
  running: 'unfinished test',
} as const satisfies Record<RunTestRow['state'], TryOutcome>;

/** @param test undefined: nothing is known of the test, so it never ended */
export function findTryOutcome(test: Pick<RunTestRow, 'state' | 'tries'> | undefined, tryNumber: number): TryOutcome {
  if (test === undefined) return 'unfinished test';
  return test.state === 'passed' && tryNumber < test.tries ? 'failed try' : ofState[test.state];
}

/** The most reliable one that gave something; null when none did. */
export function findBestOutcome(given: OutcomeCounts): TryOutcome | null {
  return tryOutcomes.find((standing) => (given[standing] ?? 0) > 0) ?? null;
}

export function addOutcome(given: OutcomeCounts, standing: TryOutcome): void {
  given[standing] = (given[standing] ?? 0) + 1;
}
