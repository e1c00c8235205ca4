import { compareRuns } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { printAnswer } from '../output/answer.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { shouldUseColor } from '../output/paint.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import { differenceTable } from '../report/difference.ts';
import type { Report } from '../report/report.ts';
import type { ReportedRun } from '../run/reported-run.ts';
import { findStdoutFormat } from './outputs.ts';
import { type ReportOutput, writeReport } from './report-outputs.ts';

/**
 * Prints a run's report, and on stderr why it is incomplete and which checks failed.
 *
 * @returns the exit code: 0 passed and recorded, 1 a test or a check failed, 3 requests are not recorded
 */
export function printRun(
  context: Context,
  { state, report, missing }: ReportedRun,
  outputs: readonly ReportOutput[],
): number {
  // First, so that a terminal ends with the report's verdict.
  printLines(context, missing);
  const code = printCheckedReport(context, report, outputs);
  return code === 0 && state !== 'passed' ? 1 : code;
}

/** Prints a report, and on stderr which checks failed. @returns the exit code, as for {@link printRun} */
export function printCheckedReport(context: Context, report: Report, outputs: readonly ReportOutput[]): 0 | 1 | 3 {
  writeReport(context, report, outputs);
  const failed = report.checks.flatMap(({ check, failure }) => (failure === null ? [] : `snoop: ${check}: ${failure}`));
  printLines(context, failed);
  if (!report.complete) return 3;
  return failed.length === 0 ? 0 : 1;
}

function printLines({ stderr }: Context, lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${fitText(escapeControlCharacters(line), readWidth(stderr))}\n`);
}

/** Prints what changed since the previous run of a watch, before the report; not among output for programs. */
export function writeDifference(
  { stdout, environment }: Context,
  before: Report,
  after: Report,
  outputs: readonly ReportOutput[],
): void {
  const format = findStdoutFormat(outputs);
  if (format !== 'text' && format !== 'markdown') return;
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
export function clearTerminal({ stdout }: Context, outputs: readonly ReportOutput[]): void {
  if (findStdoutFormat(outputs) === 'text' && readWidth(stdout) !== null) stdout.write('\u001b[2J\u001b[H');
}
