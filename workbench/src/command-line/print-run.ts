import { compareRuns } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { printAnswer } from '../output/answer.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { shouldUseColor } from '../output/paint.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import { differenceTable } from '../report/difference.ts';
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

/** Prints what changed since the previous run of a watch, before the report. JSON is only the reports. */
export function writeDifference(
  { stdout, environment }: Context,
  before: Report,
  after: Report,
  format: ReportFormat,
): void {
  if (format === 'json') return;
  const table = differenceTable(compareRuns(before, after));
  const heading = 'Since the last save';
  const answer = {
    json: table,
    csv: table,
    parts: [table.rows.length === 0 ? { facts: [[heading, 'no change']] as const } : { heading, table }],
  };
  printAnswer(stdout, answer, format, { color: shouldUseColor(stdout, environment) });
  stdout.write('\n');
}

/** Clears a terminal, so that the next run is drawn in its place. */
export function clearTerminal({ stdout }: Context, format: ReportFormat): void {
  if (format === 'text' && readWidth(stdout) !== null) stdout.write('\u001b[2J\u001b[H');
}

export function writeReport({ stdout, environment }: Context, report: Report, format: ReportFormat): void {
  stdout.write(printReport(report, format, shouldUseColor(stdout, environment), readWidth(stdout)));
}
