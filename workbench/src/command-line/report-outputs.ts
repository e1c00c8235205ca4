import type { Context } from '../context.ts';
import { type ReportFormat, reportFormats } from '../report/formats.ts';
import { printGithub, printJobSummary } from '../report/github.ts';
import { printReport } from '../report/print.ts';
import type { Report } from '../report/report.ts';
import { chooseOutputs, locateInRepository, type Output, writeOutputs } from './outputs.ts';

/** Where a report goes. */
export type ReportOutput = Output<ReportFormat>;

/** Reads the values of --output, as {@link chooseOutputs}. */
export function chooseReportOutputs(
  given: readonly string[] | undefined,
  context: Pick<Context, 'environment' | 'cwd'>,
): readonly ReportOutput[] {
  return chooseOutputs(given, reportFormats, context);
}

/** Writes a report, as {@link writeOutputs}. */
export function writeReport(context: Context, report: Report, outputs: readonly ReportOutput[]): void {
  const result = {
    print: (format: ReportFormat, color: boolean, width: number | null) => printReport(report, format, color, width),
    printGithub: () => printGithub(report, (name) => locateInRepository(name, context)),
    printJobSummary: (maxBytes: number) => printJobSummary(report, maxBytes),
  };
  writeOutputs(context, result, outputs);
}
