import { escapeControlCharacters } from '../output/control-characters.ts';
import { escapeMarkdown, formatFence, formatMarkdownTable } from '../output/markdown.ts';
import {
  formatEndpoint,
  endpointColumns,
  listHeadLines,
  formatNote,
  noteColumns,
  listNoteSections,
} from './columns.ts';
import { changeColumns, formatHeading, listReasons, listChangeRows } from './change-rows.ts';
import type { Report } from './report.ts';
import { listSideSections } from './side-rows.ts';
import {
  describeEnd,
  describePlace,
  createEndpointTables,
  stepColumns,
  listStepRows,
  wasSkipped,
} from './test-rows.ts';

/** Prints a report as GitHub-flavoured Markdown. */
export function printMarkdown(report: Report): string {
  const { window } = report;
  const of = window === null ? `run ${report.run.id}` : `the agent ${window.agent}`;
  const lines = [`# Coverage report of ${escapeMarkdown(of)}`, ''];
  for (const [name, value] of listHeadLines(report)) lines.push(`- **${name}**: ${escapeMarkdown(value)}`);
  for (const warning of report.warnings) lines.push(`- **Note**: ${escapeMarkdown(warning)}`);
  for (const { check, failure } of report.checks) {
    lines.push(`- **Check**: ${escapeMarkdown(`${check}: ${failure ?? 'passed'}`)}`);
  }
  lines.push('');
  if (report.errors.length > 0) lines.push('## Errors outside of tests', '');
  for (const error of report.errors) {
    lines.push(
      `\`${escapeControlCharacters(describePlace(error).replaceAll('`', "'"))}\``,
      '',
      ...formatFence(error.message),
      '',
    );
  }
  for (const test of report.tests) {
    lines.push(
      `## ${escapeMarkdown(test.name)}: ${describeEnd(test)}`,
      '',
      `\`${escapeControlCharacters(test.file.replaceAll('`', "'"))}\``,
      '',
    );
    if (test.error !== null) lines.push(...formatFence(test.error), '');
    if (test.steps.length > 0) lines.push(...formatMarkdownTable(stepColumns, listStepRows(test)), '');
    if (wasSkipped(test)) continue;
    for (const { heading, hits, summary } of createEndpointTables(test, report)) {
      if (heading !== null) lines.push(`### ${heading}`, '');
      if (hits.length > 0) lines.push(...formatMarkdownTable(endpointColumns, hits.map(formatEndpoint)), '');
      lines.push(summary, '');
    }
  }
  for (const { heading, notes } of listNoteSections(report)) {
    lines.push(
      `## ${heading}`,
      '',
      ...formatMarkdownTable(
        noteColumns,
        notes.map((note) => formatNote(note, report)),
      ),
      '',
    );
  }
  for (const { heading, columns, rows } of listSideSections(report)) {
    lines.push(`## ${heading}`, '', ...formatMarkdownTable(columns, rows), '');
  }
  const changes = listChangeRows(report);
  lines.push(
    `## ${formatHeading(report)}`,
    '',
    ...formatMarkdownTable(
      changeColumns,
      changes.map((row) => row.cells),
    ),
    '',
  );
  for (const reason of listReasons(changes)) lines.push(`- ${escapeMarkdown(reason)}`);
  return `${lines.join('\n')}\n`;
}
