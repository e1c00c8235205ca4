import { formatJson } from '../output/control-characters.ts';
import { printJunit } from './junit.ts';
import { printMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { printText } from './text.ts';

export const reportFormats = ['text', 'json', 'markdown'] as const;
/** With those for CI; `github` has more than one destination. */
export const outputFormats = [...reportFormats, 'junit', 'github'] as const;
export type OutputFormat = (typeof outputFormats)[number];
export type ReportFormat = Exclude<OutputFormat, 'github'>;

/** Prints a report, with a final line break. `color` and the terminal's `width` apply to text only. */
export function printReport(report: Report, format: ReportFormat, color: boolean, width: number | null = null): string {
  if (format === 'json') return formatJson(report);
  if (format === 'junit') return printJunit(report);
  return format === 'markdown' ? printMarkdown(report) : printText(report, color, width);
}
