import type { RunCoverage } from '@snoop/snoopdb';
import { askRunCoverage } from '@snoop/snoopdb';
import { openDatabase } from '../cluster-choice/open-database.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import type { Context } from '../context.ts';
import { chooseLimits, OutageClock, persist } from '../evidence/outage.ts';
import type { Evidence } from '../evidence/wait-for-evidence.ts';
import { wantsColor } from '../output/paint.ts';
import type { ReportFormat } from '../report/print.ts';
import { printReport } from '../report/print.ts';
import type { Report } from '../report/report.ts';
import { createReport } from '../report/report.ts';
import { performRun } from '../run/perform-run.ts';
import type { RunOptions } from '../run/perform-run.ts';

export interface TestOptions {
  readonly target: Target;
  readonly stateFolder: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly format: ReportFormat;
  readonly author: string | null;
  /** An existing namespace for all tests; null: each gets one of its own. */
  readonly namespace: string | null;
  readonly databaseUrl: string | undefined;
  readonly testNamePattern?: RegExp;
  /** Told which files the tests were read from. */
  readonly onFiles?: RunOptions['onFiles'];
  /** Without progress of the evidence, in milliseconds; chosen by the kind of target unless told. */
  readonly waitMs?: number;
}

/**
 * One run from its first request to its printed report.
 *
 * @returns 0 passed and recorded, 1 a test failed, 3 requests are not recorded
 */
export async function testAndReport(context: Context, options: TestOptions): Promise<number> {
  const { environment, cwd, progress, signal, stderr } = context;
  const { target, stateFolder, databaseUrl, waitMs } = options;
  const database = await openDatabase({ target, databaseUrl, environment, stateFolder, user: 'snoop test', progress });
  try {
    const chosen = chooseLimits(target.kind === 'local');
    const limits =
      waitMs === undefined
        ? chosen
        : { ...chosen, noProgressMs: waitMs, afterOutageMs: Math.max(waitMs, chosen.afterOutageMs) };
    const outcome = await performRun({
      target,
      database,
      stateFolder,
      files: options.files,
      author: options.author,
      namespace: options.namespace,
      cwd,
      output: stderr,
      progress,
      signal,
      limits,
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
      ...(options.onFiles && { onFiles: options.onFiles }),
    });
    // The database may go away here too; what was just recorded is worth waiting for.
    const coverage = await progress.step('reading the report', (update) =>
      persist(() => askRunCoverage(database.pool, outcome.runId), {
        clock: new OutageClock(limits.awayMs),
        limits,
        signal,
        onAway: (ms) => update(`SnoopDB is away for ${Math.round(ms / 1000)} s`),
      }),
    );
    const report = writeReport(context, coverage, options.format);
    if (!report.complete) {
      for (const line of explainMissing(outcome.evidence, target)) stderr.write(`${line}\n`);
      return 3;
    }
    return outcome.state === 'passed' ? 0 : 1;
  } finally {
    await database.release();
  }
}

/** Prints a run's coverage on stdout, and returns what it said. */
export function writeReport(context: Context, coverage: RunCoverage, format: ReportFormat): Report {
  const report = createReport(coverage);
  const { stdout, environment } = context;
  const color = wantsColor(stdout, environment);
  stdout.write(printReport(report, format, color));
  return report;
}

/** Why evidence may be missing, and where to look. */
function explainMissing(evidence: Evidence, target: Target): string[] {
  const away = evidence.away === null ? [] : [`snoop: ${evidence.away} was away during the wait.`];
  if (evidence.end === 'aborted') return [...away, 'snoop: not waited for the rest, as you asked.'];
  const waited = `snoop: ${evidence.missing.length} of the answered requests did not arrive in SnoopDB within the limit. To check:`;
  if (target.home) return [...away, waited, ...target.home.whereToLook.map((line) => `  ${line}`)];
  return [
    ...away,
    waited,
    `  Is the kube-apiserver of ${target.server} started with --audit-policy-file and --audit-webhook-config-file?`,
    '  Does its policy record these requests (level Metadata, no omitted stage but RequestReceived)?',
    "  Does the sink's kubeconfig lead to an auditlogger that answers 'ok' on /readyz?",
    '  Does that auditlogger write to the SnoopDB in use here (--database-url, DATABASE_URL)?',
    '  Is its --audit-webhook-batch-max-wait (30 s by default) longer than the wait here? --wait SECONDS waits longer.',
  ];
}
