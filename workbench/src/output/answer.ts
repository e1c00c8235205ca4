import { escapeControlCharacters, formatJson } from './control-characters.ts';
import type { TableFormat } from './format.ts';
import { escapeMarkdown } from './markdown.ts';
import { createPaint } from './paint.ts';
import type { Table } from './table.ts';
import { formatMarkdownLines, formatTextLines, formatCsvTable } from './table.ts';
import { fitText, readWidth } from './wrap.ts';

/** One part of a text answer; every field may be missing. */
export interface AnswerPart {
  readonly heading?: string;
  readonly facts?: readonly (readonly [name: string, value: string])[];
  readonly table?: Table;
}

/** The answer to a question: parts for people, one value for programs. */
export interface Answer {
  /** What `--output json` prints. */
  readonly json: unknown;
  /** What `--output csv` prints: CSV holds one table. */
  readonly csv: Table;
  readonly parts: readonly AnswerPart[];
  /** Warnings that must not be missed. Text shows them in its parts, JSON as a field; CSV has no place for them. */
  readonly warnings?: readonly string[];
}

/** Prints an answer in the given format. */
export function printAnswer(
  stream: NodeJS.WritableStream,
  answer: Answer,
  format: TableFormat,
  options: { readonly color?: boolean } = {},
): void {
  if (format === 'json') stream.write(formatJson(answer.json));
  else if (format === 'csv') stream.write(formatCsvTable(answer.csv));
  else if (format === 'markdown') stream.write(writeMarkdown(answer.parts));
  else stream.write(writeText(answer.parts, options.color === true, readWidth(stream)));
}

function writeText(parts: readonly AnswerPart[], color: boolean, width: number | null): string {
  const paint = createPaint(color, width);
  const blocks = parts.flatMap(({ heading, facts = [], table }) => {
    const width = Math.max(0, ...facts.map(([name]) => name.length));
    const lines = facts.map(([name, value]) =>
      `${paint('bold', name.padEnd(width))}  ${escapeControlCharacters(value)}`.trimEnd(),
    );
    if (heading !== undefined) lines.unshift(paint('bold', escapeControlCharacters(heading)));
    if (table !== undefined && table.rows.length > 0) lines.push(...formatTextLines(table, paint));
    return lines.length === 0 ? [] : [lines.join('\n')];
  });
  return blocks.length === 0 ? '' : fitText(`${blocks.join('\n\n')}\n`, width);
}

function writeMarkdown(parts: readonly AnswerPart[]): string {
  const blocks = parts.flatMap(({ heading, facts = [], table }) => [
    ...(heading === undefined ? [] : [`## ${escapeMarkdown(heading)}`]),
    ...(facts.length === 0
      ? []
      : [facts.map(([name, value]) => `- **${escapeMarkdown(name)}**: ${escapeMarkdown(value)}`).join('\n')]),
    ...(table === undefined || table.rows.length === 0 ? [] : [formatMarkdownLines(table).join('\n')]),
  ]);
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}
