import { escapeControlCharacters, escapeLines } from './control-characters.ts';

const link = /(https?:\/\/[\w./#?=&%-]+)/;

/** The lines of a table in GitHub-flavoured Markdown. */
export function formatMarkdownTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  right?: ReadonlySet<number>,
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = columns.map((_, column) => (right?.has(column) ? ' ---: |' : ' --- |'));
  return [line(columns), `|${rule.join('')}`, ...rows.map(line)];
}

/** Escapes untrusted text: it cannot become markup, a mention or the end of a cell. */
export function escapeMarkdown(text: string): string {
  return text
    .split(link)
    .map((part, index) => (index % 2 === 1 ? part : escapeMarks(part)))
    .join('');
}

function escapeMarks(text: string): string {
  return escapeControlCharacters(text.replace(/[\r\n]+/g, ' '))
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&')
    .replace(/@(?=\w)/g, '@\u200b');
}

/** Fences text with more backticks than it contains in a row, so that it cannot end the fence. */
export function formatFence(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return [ticks, escapeLines(text), ticks];
}
