import { formatJson } from '../output/control-characters.ts';
import { printMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { printText } from './text.ts';

export const reportFormats = ['text', 'json', 'markdown'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** Prints a report, with a final line break. `color` and the terminal's `width` apply to text only. */
export function printReport(report: Report, format: ReportFormat, color: boolean, width: number | null = null): string {
  if (format === 'json') return formatJson(report);
  return format === 'markdown' ? printMarkdown(report) : printText(report, color, width);
}
