import { writeJson } from '../output/disarm.ts';
import { parseFormat } from '../output/format.ts';
import { printMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { printText } from './text.ts';

const formats = ['text', 'json', 'markdown'] as const;
export type ReportFormat = (typeof formats)[number];

/** @throws SnoopError `unknown_format` (exit 2) */
export function parseReportFormat(value: string | undefined): ReportFormat {
  return parseFormat(value, formats);
}

/** The report in the format asked for, ending in a line break. `color` and the terminal's `width` matter to text only. */
export function printReport(report: Report, format: ReportFormat, color: boolean, width: number | null = null): string {
  if (format === 'json') return writeJson(report);
  return format === 'markdown' ? printMarkdown(report) : printText(report, color, width);
}
