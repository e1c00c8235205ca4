import type { RunDocument } from '@snoop/snoopdb';
import type { Target } from '../cluster-choice/select-target.ts';
import type { DatabaseInUse } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import { chooseLimits } from '../evidence/outage.ts';
import { chooseAuthor } from '../run/authors.ts';
import { readRunOrigin } from '../run/run-origin.ts';
import { countNodes } from './count-nodes.ts';
import { checkOnPaper, type PaperFinding } from './paper-checks.ts';
import type { ReviewInput } from './review-input.ts';
import { compareWithClaim } from './review-run.ts';
import { type RunAgainOptions, runAgain } from './run-again.ts';
import type { Review, ReviewedRun } from './verdict.ts';

/** Checks a ticket without running anything of it. */
export async function reviewOnPaper(input: ReviewInput, { pool }: Pick<DatabaseInUse, 'pool'>): Promise<Review> {
  const runs: ReviewedRun[] = [];
  for (const document of input.runs) {
    const findings = await checkOnPaper(document, pool);
    runs.push({ document, findings, review: null, notRun: explainBlocked(findings) });
  }
  return { name: input.name, findings: input.findings, runs };
}

export interface RunningOptions {
  readonly target: Target;
  readonly database: DatabaseInUse;
  readonly context: Context;
  /** Asks whether to run the tests on the target. */
  readonly askConsent: () => Promise<boolean>;
  readonly repeat: number;
  readonly waitMs: number | undefined;
  readonly testTimeoutMs: number | undefined;
  readonly runTimeoutMs: number;
}

/** Checks a ticket, runs its tests on a cluster, and compares. Nothing runs if a test cannot, or without consent. */
export async function reviewByRunning(input: ReviewInput, options: RunningOptions): Promise<Review> {
  const review = await reviewOnPaper(input, options.database);
  if (review.runs.length === 0 || review.runs.some(({ notRun }) => notRun !== null)) return review;
  if (!(await options.askConsent())) {
    return { ...review, runs: review.runs.map((run) => ({ ...run, notRun: 'the reviewer did not agree.' })) };
  }
  const prepared = await prepare(options);
  const runs: ReviewedRun[] = [];
  for (const run of review.runs) runs.push(await reviewRun(run, options, prepared));
  return { ...review, runs };
}

function explainBlocked(findings: readonly PaperFinding[]): string | null {
  const blocking = findings.find(({ blocks }) => blocks);
  return blocking === undefined ? null : `${blocking.file}: ${blocking.message}`;
}

interface Prepared {
  readonly again: RunAgainOptions;
  readonly nodes: number | null;
}

async function prepare(options: RunningOptions): Promise<Prepared> {
  const { target, database, context, waitMs, testTimeoutMs, runTimeoutMs } = options;
  const { cwd, environment } = context;
  // The sources are not those of the current folder.
  const origin = { ...(await readRunOrigin(context)), gitCommit: null, gitDirty: null };
  const author = await chooseAuthor({ named: undefined, environment, cwd });
  const limits = chooseLimits(target.kind === 'local', waitMs);
  return {
    again: { context, target, database, author, origin, limits, testTimeoutMs, runTimeoutMs },
    nodes: await countNodes(target),
  };
}

async function reviewRun(
  run: ReviewedRun,
  { repeat, database }: RunningOptions,
  prepared: Prepared,
): Promise<ReviewedRun> {
  const documents: RunDocument[] = [];
  try {
    for (let number = 1; number <= repeat; number += 1) documents.push(await runAgain(run.document, prepared.again));
  } catch (error) {
    if (!(error instanceof SnoopError) || error.code !== 'review_failed') throw error;
    return { ...run, notRun: [error.message, ...error.advice].join(' ') };
  }
  return { ...run, review: await compareWithClaim(database.pool, run.document, documents, prepared.nodes) };
}
