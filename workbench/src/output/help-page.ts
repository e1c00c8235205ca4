import stringWidth from 'string-width';
import { findExplanation, fitText, measureIndent } from './wrap.ts';

/** Of a command line that goes on. */
const commandIndent = 4;

/**
 * A help page for a terminal. The page's own lines are joined to paragraphs and explanations before they are wrapped, so
 * that none ends in the middle of the screen; a command line that is too wide goes on behind a backslash, so that it can
 * be copied.
 *
 * @param width columns; null: the page stays as it is
 */
export function fitHelp(page: string, width: number | null): string {
  if (width === null) return page;
  const joined = joinLines(page.split('\n'));
  return joined
    .flatMap((line) => (isTooWideCommand(line, width) ? breakCommand(line, width) : [fitText(line, width)]))
    .join('\n');
}

/** Joins prose, and what stands below the explanation that it continues. */
function joinLines(lines: readonly string[]): string[] {
  const joined: string[] = [];
  let column: number | null = null;
  for (const line of lines) {
    const indent = measureIndent(line);
    const last = joined.at(-1);
    if (last !== undefined && line !== '' && indent === column) {
      joined[joined.length - 1] = `${last} ${line.trimStart()}`;
      continue;
    }
    joined.push(line);
    column = findContinuation(line, indent);
  }
  return joined;
}

/** The indent of a line that would continue this one; null: none would. */
function findContinuation(line: string, indent: number): number | null {
  if (line === '' || line.endsWith(':')) return null;
  const column = findExplanation(line);
  if (column > indent) return column;
  return indent === 0 ? 0 : null;
}

/** Of several words, indented, and without an explanation. */
function isTooWideCommand(line: string, width: number): boolean {
  return stringWidth(line) > width && measureIndent(line) === 2 && findExplanation(line) === 0;
}

function breakCommand(line: string, width: number): string[] {
  const mark = ' \\';
  const wrapped: string[] = [];
  let current = '';
  for (const word of line.trim().split(' ')) {
    const indent = ' '.repeat(wrapped.length === 0 ? 2 : 2 + commandIndent);
    const longer = current === '' ? indent + word : `${current} ${word}`;
    if (current === '' || stringWidth(longer) + mark.length <= width) {
      current = longer;
    } else {
      wrapped.push(current + mark);
      current = ' '.repeat(2 + commandIndent) + word;
    }
  }
  return [...wrapped, current];
}
