import type { Context } from '../context.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { shouldUseColor } from '../output/paint.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import type { ReportFormat } from '../report/print.ts';
import { printReport } from '../report/print.ts';
import type { Report } from '../report/report.ts';
import type { ReportedRun } from '../run/reported-run.ts';

/**
 * Prints a run's report, and on stderr why it is incomplete.
 *
 * @returns the exit code: 0 passed and recorded, 1 a test failed, 3 requests are not recorded
 */
export function printRun(context: Context, { state, report, missing }: ReportedRun, format: ReportFormat): number {
  // First, so that a terminal ends with the report's verdict.
  for (const line of missing)
    context.stderr.write(`${fitText(escapeControlCharacters(line), readWidth(context.stderr))}\n`);
  writeReport(context, report, format);
  if (!report.complete) return 3;
  return state === 'passed' ? 0 : 1;
}

export function writeReport({ stdout, environment }: Context, report: Report, format: ReportFormat): void {
  stdout.write(printReport(report, format, shouldUseColor(stdout, environment), readWidth(stdout)));
}
