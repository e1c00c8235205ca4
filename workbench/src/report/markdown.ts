import { escapeControlCharacters, escapeLines } from '../output/control-characters.ts';
import { escapeMarkdown, formatMarkdownTable } from '../output/markdown.ts';
import { endpointCells, endpointColumns, headLines, noteCells, noteColumns, noteSections } from './columns.ts';
import { changeColumns, changeHeading, changeReasons, changeRows } from './change-rows.ts';
import type { Report } from './report.ts';
import { describeEnd, describePlace, endpointTables, stepColumns, stepRows, wasNotRun } from './test-rows.ts';

/** The report as GitHub-flavoured Markdown. */
export function printMarkdown(report: Report): string {
  const lines = [`# Coverage report of run ${escapeMarkdown(report.run.id)}`, ''];
  for (const [name, value] of headLines(report)) lines.push(`- **${name}**: ${escapeMarkdown(value)}`);
  for (const warning of report.warnings) lines.push(`- **Note**: ${escapeMarkdown(warning)}`);
  lines.push('');
  if (report.errors.length > 0) lines.push('## Errors outside of tests', '');
  for (const error of report.errors) {
    lines.push(
      `\`${escapeControlCharacters(describePlace(error).replaceAll('`', "'"))}\``,
      '',
      ...fence(error.message),
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
    if (test.error !== null) lines.push(...fence(test.error), '');
    if (test.steps.length > 0) lines.push(...formatMarkdownTable(stepColumns, stepRows(test)), '');
    if (wasNotRun(test)) continue;
    for (const { heading, hits, summary } of endpointTables(test, report)) {
      if (heading !== null) lines.push(`### ${heading}`, '');
      if (hits.length > 0) lines.push(...formatMarkdownTable(endpointColumns, hits.map(endpointCells)), '');
      lines.push(summary, '');
    }
  }
  for (const { heading, notes } of noteSections(report)) {
    lines.push(
      `## ${heading}`,
      '',
      ...formatMarkdownTable(
        noteColumns,
        notes.map((note) => noteCells(note, report)),
      ),
      '',
    );
  }
  const changes = changeRows(report);
  lines.push(
    `## ${changeHeading(report)}`,
    '',
    ...formatMarkdownTable(
      changeColumns,
      changes.map((row) => row.cells),
    ),
    '',
  );
  for (const reason of changeReasons(changes)) lines.push(`- ${escapeMarkdown(reason)}`);
  return `${lines.join('\n')}\n`;
}

/** A fence longer than any run of backticks inside, so that an error's text cannot end it. */
function fence(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return [ticks, escapeLines(text), ticks];
}
