import {
  changeCells,
  changeColumns,
  endpointCells,
  endpointColumns,
  headLines,
  noteCells,
  noteColumns,
  noteSections,
  stepCells,
  stepColumns,
} from './columns.ts';
import type { Report } from './report.ts';

/** The report as GitHub-flavoured Markdown. */
export function printMarkdown(report: Report): string {
  const lines = [`# Coverage report of run ${escapeMarkdown(report.run.id)}`, ''];
  for (const [name, value] of headLines(report)) lines.push(`- **${name}**: ${escapeMarkdown(value)}`);
  for (const warning of report.warnings) lines.push(`- **Note**: ${escapeMarkdown(warning)}`);
  lines.push('');
  for (const test of report.tests) {
    lines.push(`## ${escapeMarkdown(test.name)}: ${test.state}`, '', `\`${test.file.replaceAll('`', "'")}\``, '');
    if (test.error !== null) lines.push(...fence(test.error), '');
    if (test.steps.length > 0) lines.push(...table(stepColumns, test.steps.map(stepCells)), '');
    const hits = test.endpoints.filter((hit) => hit.hits > 0);
    if (hits.length === 0) lines.push('It hit no endpoint with success.', '');
    else lines.push(...table(endpointColumns, hits.map(endpointCells)), '');
  }
  for (const { heading, notes } of noteSections(report)) {
    lines.push(
      `## ${heading}`,
      '',
      ...table(
        noteColumns,
        notes.map((note) => noteCells(note, report)),
      ),
      '',
    );
  }
  lines.push(`## Projected change in coverage, compared with ${report.baseline.release}`, '');
  lines.push(...table(changeColumns, report.change.map(changeCells)), '');
  for (const { of, reason } of report.change) if (reason !== null) lines.push(`- ${of} 0: ${escapeMarkdown(reason)}`);
  return `${lines.join('\n')}\n`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...rows.map(line)];
}

/** A fence longer than any run of backticks inside, so that an error's text cannot end it. */
function fence(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return [ticks, text, ticks];
}

const link = /(https?:\/\/[\w./#?=&%-]+)/;

/** Test names and paths are whatever their author chose: nothing in them may become markup, a mention or a cell's end. */
function escapeMarkdown(text: string): string {
  return text
    .split(link)
    .map((part, index) => (index % 2 === 1 ? part : escapeMarks(part)))
    .join('');
}

function escapeMarks(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&')
    .replace(/@(?=\w)/g, '@\u200b');
}
