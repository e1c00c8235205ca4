import { askRunCoverage } from '@snoop/snoopdb';
import type { Target } from '../cluster-choice/select-target.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { chooseLimits, OutageClock, retryWhileAway } from '../evidence/outage.ts';
import type { Evidence } from '../evidence/wait-for-evidence.ts';
import type { Report } from '../report/report.ts';
import { createReport } from '../report/report.ts';
import { performRun } from './perform-run.ts';
import { readRunOrigin } from './run-origin.ts';
import type { RunOptions, RunOutcome } from './perform-run.ts';

export interface TestOptions {
  readonly target: Target;
  readonly stateFolder: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly author: string | null;
  /** An existing namespace for all tests; null: each test gets its own. */
  readonly namespace: string | null;
  /** Print API errors in full. */
  readonly verbose: boolean;
  readonly databaseUrl: string | undefined;
  readonly testNamePattern?: RegExp;
  /** Leave out hits of tests that did not pass. */
  readonly passedOnly: boolean;
  /** Say what indirect hits would add. */
  readonly countsIndirect: boolean;
  readonly onFiles?: RunOptions['onFiles'];
  /** Limit of a wait for evidence without progress (default: by the kind of target). */
  readonly waitMs?: number;
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
 * Performs a run and creates its report.
 *
 * @param print called with the report before the database is closed, which may take long
 * @returns what `print` returned
 */
export async function testAndReport<T>(
  context: Context,
  options: TestOptions,
  print: (run: ReportedRun) => T,
): Promise<T> {
  const { cwd, progress, signal, stderr } = context;
  const { target, stateFolder, databaseUrl, waitMs } = options;
  const flags = { databaseUrl, state: stateFolder };
  return withDatabase(context, flags, { user: 'snoop test', target }, async (database) => {
    const chosen = chooseLimits(target.kind === 'local');
    const limits =
      waitMs === undefined
        ? chosen
        : { ...chosen, noProgressMs: waitMs, afterOutageMs: Math.max(waitMs, chosen.afterOutageMs) };
    const { runId, state, evidence } = await performRun({
      target,
      database,
      stateFolder,
      files: options.files,
      author: options.author,
      origin: await readRunOrigin(context),
      namespace: options.namespace,
      verbose: options.verbose,
      cwd,
      output: stderr,
      progress,
      signal,
      limits,
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
      ...(options.onFiles && { onFiles: options.onFiles }),
      ...(options.testTimeoutMs !== undefined && { testTimeoutMs: options.testTimeoutMs }),
      ...(options.runTimeoutMs !== undefined && { runTimeoutMs: options.runTimeoutMs }),
    });
    // The database may go away here, too.
    const coverage = await progress.step('reading the report', (update) =>
      retryWhileAway(() => askRunCoverage(database.pool, runId, { passedOnly: options.passedOnly }), {
        clock: new OutageClock(limits.awayMs),
        limits,
        signal,
        onAway: (ms) => update(`SnoopDB is away for ${Math.round(ms / 1000)} s`),
      }),
    );
    const report = createReport(coverage, options.countsIndirect);
    return print({ state, report, missing: report.complete ? [] : explainMissing(evidence, target) });
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
