import { askRunCoverage } from '@snoop/snoopdb';
import type { Target } from '../cluster-choice/select-target.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { chooseLimits, OutageClock, retryWhileAway } from '../evidence/outage.ts';
import type { Evidence } from '../evidence/wait-for-evidence.ts';
import type { Report } from '../report/report.ts';
import type { Requirements } from '../report/checks.ts';
import { createCheckedReport } from './checked-report.ts';
import { performRun } from './perform-run.ts';
import type { RunOptions } from './perform-run.ts';
import type { RecordOptions, RunOutcome } from './record-run.ts';
import { readRunOrigin } from './run-origin.ts';

/** For any run with a report. */
export interface ReportOptions {
  readonly target: Target;
  readonly stateFolder: string;
  readonly author: string | null;
  readonly databaseUrl: string | undefined;
  /** Leave out hits of tests that did not pass. */
  readonly passedOnly: boolean;
  /** Say what indirect hits would add. */
  readonly countsIndirect: boolean;
  /** What the report must reach (default: nothing). */
  readonly requirements?: Requirements;
  /** Limit of a wait for evidence without progress (default: by the kind of target). */
  readonly waitMs?: number;
}

export interface TestOptions extends ReportOptions {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** An existing namespace for all tests; null: each test gets its own. */
  readonly namespace: string | null;
  /** Print API errors in full. */
  readonly verbose: boolean;
  readonly testNamePattern?: RegExp;
  readonly onFiles?: RunOptions['onFiles'];
  readonly testTimeoutMs?: number;
  readonly runTimeoutMs?: number;
}

/** An ended run with its report. */
export interface ReportedRun {
  readonly state: RunOutcome['state'];
  readonly report: Report;
  /** Why evidence is missing and what to check, as lines; empty when the report is complete. */
  readonly missing: readonly string[];
}

/**
 * Runs tests and creates their report.
 *
 * @param print called with the report before the database is closed, which may take long
 * @returns what `print` returned
 */
export async function testAndReport<T>(
  context: Context,
  options: TestOptions,
  print: (run: ReportedRun) => T,
): Promise<T> {
  const perform = async (record: RecordOptions): Promise<RunOutcome> =>
    performRun({
      ...record,
      files: options.files,
      namespace: options.namespace,
      verbose: options.verbose,
      output: context.stderr,
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
      ...(options.onFiles && { onFiles: options.onFiles }),
      ...(options.testTimeoutMs !== undefined && { testTimeoutMs: options.testTimeoutMs }),
      ...(options.runTimeoutMs !== undefined && { runTimeoutMs: options.runTimeoutMs }),
    });
  return recordAndReport(context, { ...options, user: 'snoop test' }, perform, print);
}

/**
 * Performs any run and creates its report.
 *
 * @param options.user the command, as users of the database see it
 * @param print as for {@link testAndReport}
 */
export async function recordAndReport<R extends RunOutcome, T>(
  context: Context,
  options: ReportOptions & { readonly user: string },
  perform: (record: RecordOptions) => Promise<R>,
  print: (run: ReportedRun, outcome: R) => T,
): Promise<T> {
  const { cwd, progress, signal } = context;
  const { target, stateFolder, databaseUrl, waitMs, user } = options;
  const flags = { databaseUrl, state: stateFolder };
  return withDatabase(context, flags, { user, target }, async (database) => {
    const limits = chooseLimits(target.kind === 'local', waitMs);
    const outcome = await perform({
      ...{ target, database, stateFolder, author: options.author, cwd, progress, signal, limits },
      origin: await readRunOrigin(context),
    });
    const { runId, state, evidence } = outcome;
    // The database may go away here, too.
    const coverage = await progress.step('reading the report', (update) =>
      retryWhileAway(() => askRunCoverage(database.pool, runId, { passedOnly: options.passedOnly }), {
        clock: new OutageClock(limits.awayMs),
        limits,
        signal,
        onAway: (ms) => update(`SnoopDB is away for ${Math.round(ms / 1000)} s`),
      }),
    );
    const report = await createCheckedReport(database.pool, coverage, options);
    const missing = report.complete ? [] : explainMissing(evidence, target);
    return print({ state, report, missing }, outcome);
  });
}

function explainMissing(evidence: Evidence, target: Target): string[] {
  const away =
    evidence.away === null
      ? []
      : [
          `snoop: ${evidence.away} was away during the wait${evidence.trouble === null ? '' : `: ${evidence.trouble}`}.`,
        ];
  if (evidence.end === 'aborted') return [...away, 'snoop: the wait for the rest was interrupted.'];
  const waited = `snoop: ${evidence.missing.length} of the answered requests were not recorded within the limit. To check:`;
  if (target.stateCluster) return [...away, waited, ...target.stateCluster.hints.map((line) => `  ${line}`)];
  return [
    ...away,
    waited,
    `  Is the kube-apiserver of ${target.server} started with --audit-policy-file and --audit-webhook-config-file?`,
    '  Does its policy record these requests (level Metadata, only RequestReceived in omitStages)?',
    "  Does the sink's kubeconfig name an auditlogger that answers 'ok' on /readyz?",
    '  Does that auditlogger write to this SnoopDB (--database-url, DATABASE_URL)?',
    '  Is --audit-webhook-batch-max-wait (default: 30 s) longer than the wait here? --wait SECONDS waits longer.',
  ];
}
