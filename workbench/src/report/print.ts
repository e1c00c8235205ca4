import { formatJson } from '../output/control-characters.ts';
import type { ReportFormat } from './formats.ts';
import { printJunit } from './junit.ts';
import { printMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { printText } from './text.ts';

/** Prints a report, with a final line break. `color` and the terminal's `width` apply to text only. */
export function printReport(report: Report, format: ReportFormat, color: boolean, width: number | null = null): string {
  if (format === 'json') return formatJson(report);
  if (format === 'junit') return printJunit(report);
  return format === 'markdown' ? printMarkdown(report) : printText(report, color, width);
}
