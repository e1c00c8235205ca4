import stringWidth from 'string-width';
import { findExplanation, fitText, measureIndent } from './wrap.ts';

/** Indent of a continued command line. */
const commandIndent = 4;

/**
 * Wraps a help page. Its own lines are joined to paragraphs and explanations first, so that none ends in the middle
 * of the screen. A command line that is too wide continues after a backslash, so that it can be copied.
 *
 * @param width columns; null: unchanged
 */
export function fitHelp(page: string, width: number | null): string {
  if (width === null) return page;
  const joined = joinLines(page.split('\n'));
  return joined
    .flatMap((line) => (isTooWideCommand(line, width) ? breakCommand(line, width) : [fitText(line, width)]))
    .join('\n');
}

/** Joins the lines of a paragraph or explanation. */
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

/** The indent that a continuation of this line would have; null: it has none. */
function findContinuation(line: string, indent: number): number | null {
  if (line === '' || line.endsWith(':')) return null;
  const column = findExplanation(line);
  if (column > indent) return column;
  return indent === 0 ? 0 : null;
}

/** An indented line of several words without an explanation. */
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
