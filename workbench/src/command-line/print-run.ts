import type { Context } from '../context.ts';
import { disarm } from '../output/disarm.ts';
import { wantsColor } from '../output/paint.ts';
import type { ReportFormat } from '../report/print.ts';
import { printReport } from '../report/print.ts';
import type { Report } from '../report/report.ts';
import type { ReportedRun } from '../run/reported-run.ts';

/**
 * Prints the report of a run, and what to look at when it is not complete.
 *
 * @returns 0 passed and recorded, 1 a test failed, 3 requests are not recorded
 */
export function printRun(context: Context, { state, report, missing }: ReportedRun, format: ReportFormat): number {
  writeReport(context, report, format);
  for (const line of missing) context.stderr.write(`${disarm(line)}\n`);
  if (!report.complete) return 3;
  return state === 'passed' ? 0 : 1;
}

/** Prints a report on stdout. */
export function writeReport({ stdout, environment }: Context, report: Report, format: ReportFormat): void {
  stdout.write(printReport(report, format, wantsColor(stdout, environment)));
}
