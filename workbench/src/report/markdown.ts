import { disarm, disarmLines } from '../output/disarm.ts';
import { escapeMarkdown, formatMarkdownTable } from '../output/markdown.ts';
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
    lines.push(
      `## ${escapeMarkdown(test.name)}: ${test.state}`,
      '',
      `\`${disarm(test.file.replaceAll('`', "'"))}\``,
      '',
    );
    if (test.error !== null) lines.push(...fence(test.error), '');
    if (test.steps.length > 0) lines.push(...formatMarkdownTable(stepColumns, test.steps.map(stepCells)), '');
    const hits = test.endpoints.filter((hit) => hit.hits > 0);
    if (hits.length === 0) lines.push('It hit no endpoint with success.', '');
    else lines.push(...formatMarkdownTable(endpointColumns, hits.map(endpointCells)), '');
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
  lines.push(`## Projected change in coverage, compared with ${report.baseline.release}`, '');
  lines.push(...formatMarkdownTable(changeColumns, report.change.map(changeCells)), '');
  for (const { of, reason } of report.change) if (reason !== null) lines.push(`- ${of} 0: ${escapeMarkdown(reason)}`);
  return `${lines.join('\n')}\n`;
}

/** A fence longer than any run of backticks inside, so that an error's text cannot end it. */
function fence(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return [ticks, disarmLines(text), ticks];
}
