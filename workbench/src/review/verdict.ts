import type { RunDocument } from '@snoop/snoopdb';
import type { Finding } from '../lint/finding.ts';
import { type PaperFinding, uncheckedRule } from './paper-checks.ts';
import type { RunReview } from './review-run.ts';

/** `consistent`: nothing was run, and nothing contradicts itself. */
export type Verdict = 'confirmed' | 'consistent' | 'different' | 'could not tell';

/** A claimed run, and what was found. */
export interface ReviewedRun {
  readonly document: RunDocument;
  readonly findings: readonly PaperFinding[];
  /** null: it was not run. */
  readonly review: RunReview | null;
  /** Why it cannot or may not run; null: it can. */
  readonly notRun: string | null;
}

export interface Review {
  /** Of the file or URL. */
  readonly name: string;
  /** Of the whole ticket. */
  readonly findings: readonly Finding[];
  readonly runs: readonly ReviewedRun[];
}

/** Decides the verdict. An error on paper weighs more than what could not be told. */
export function decideVerdict({ findings, runs }: Review): Verdict {
  const all = [...findings, ...runs.flatMap((run) => run.findings)];
  const isWrong = all.some(({ severity }) => severity === 'error');
  const isDifferent = runs.some(({ review }) => review !== null && review.differences.length > 0);
  const isDoubtful = runs.some(
    ({ review }) => review !== null && (review.doubts.length > 0 || countCompared(review) === 0),
  );
  // Without evidence, what is missing here is not a difference.
  if (isDoubtful) return isWrong ? 'different' : 'could not tell';
  if (isWrong || isDifferent) return 'different';
  if (all.some(({ rule }) => rule === uncheckedRule)) return 'could not tell';
  if (runs.length === 0 || runs.some(({ notRun }) => notRun !== null)) return 'could not tell';
  return runs.every(({ review }) => review !== null) ? 'confirmed' : 'consistent';
}

export const exitCodes = { confirmed: 0, consistent: 0, different: 1, 'could not tell': 3 } as const satisfies Record<
  Verdict,
  number
>;

/** Number of endpoints that both releases have and the claim or a run here requested. */
export function countCompared({ answers, ofOneRelease }: RunReview): number {
  const apart = new Set(ofOneRelease.map(({ what }) => what));
  return answers.filter(({ endpoint }) => !apart.has(endpoint)).length;
}
