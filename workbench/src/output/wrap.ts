import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Nothing is wrapped below this width: such a terminal has to be scrolled anyway. */
const minWidth = 20;
/** The least room for text that hangs under an explanation. */
const minText = 24;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The width of a terminal; null for a pipe or file, whose lines are not wrapped. */
export function readWidth(stream: NodeJS.WritableStream): number | null {
  if (!('isTTY' in stream) || stream.isTTY !== true || !('columns' in stream)) return null;
  const { columns } = stream;
  return typeof columns === 'number' && columns >= minWidth ? columns : null;
}

/**
 * Wraps lines at spaces. Continuation lines start below the text they continue: below the value of `Name value`,
 * below the explanation of a flag, else below the first word.
 *
 * @param width columns; null: unchanged
 */
export function fitText(text: string, width: number | null): string {
  return width === null
    ? text
    : text
        .split('\n')
        .flatMap((line) => fitLine(line, width))
        .join('\n');
}

/** Writes a text, wrapped to the stream's width. */
export function writeFitted(stream: NodeJS.WritableStream, text: string): void {
  stream.write(fitText(text, readWidth(stream)));
}

function fitLine(line: string, width: number): string[] {
  // A character is at most two columns wide.
  if (line.length * 2 <= width || stringWidth(line) <= width) return [line];
  const plain = stripVTControlCharacters(line);
  const indent = measureIndent(plain);
  const column = findExplanation(plain);
  const hanging = column > indent && column <= width - minText ? column : Math.min(indent, width / 2);
  const [first = '', ...rest] = wrapWords(line, width, width - hanging);
  return [first, ...rest.map((more) => ' '.repeat(hanging) + more)];
}

export function measureIndent(line: string): number {
  return line.length - line.trimStart().length;
}

/** The column where the second part of a line starts, after two or more spaces (a flag's explanation); 0: none. */
export function findExplanation(line: string): number {
  return stringWidth(/^ *\S.*? {2,}(?=\S)/.exec(line)?.[0] ?? '');
}

/**
 * Wraps a text at spaces. A word that is wider than a line is broken after `/`, `.`, `-` and the like, and before a
 * capital letter.
 *
 * @param width columns of the first line
 * @param others columns of the following lines
 */
export function wrapWords(text: string, width: number, others = width): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const room = (): number => (lines.length === 0 ? width : others);
  const end = (): void => {
    lines.push(line.trimEnd());
    line = '';
    used = 0;
  };
  const add = (word: string, wide: number): void => {
    line += word;
    used += wide;
  };
  for (const word of text.match(/\s+|\S+/g) ?? []) {
    const wide = stringWidth(word);
    if (used + wide <= room()) {
      // Spaces at a line break are dropped.
      if (lines.length === 0 || used > 0 || word.trim() !== '') add(word, wide);
      continue;
    }
    if (word.trim() === '') {
      end();
      continue;
    }
    // A word that has to be broken anyway starts on the current line.
    if (line.trim() !== '' && wide <= others) end();
    for (const part of splitWord(word, room(), others)) {
      const partWide = stringWidth(part);
      if (used > 0 && used + partWide > room()) end();
      add(part, partWide);
    }
  }
  if (line.trim() !== '' || lines.length === 0) end();
  return lines;
}

/** Where a word may be broken: after punctuation, and before a capital letter that follows a small one. */
const joint = /(?<=[/.,:;=&?_)\]}-])(?=[^\s/])|(?<=\p{Ll})(?=\p{Lu})/u;

const segment = /(?<=[^/:]\/)(?=[^\s/])/u;

function splitWord(word: string, first: number, others: number): string[] {
  const width = Math.max(1, Math.min(first, others));
  if (stringWidth(word) <= width) return [word];
  // Break a path or URL between segments first.
  return word
    .split(segment)
    .flatMap((part) => (stringWidth(part) <= width ? [part] : part.split(joint).flatMap((piece) => cut(piece, width))));
}

function cut(part: string, width: number): string[] {
  if (stringWidth(part) <= width) return [part];
  const pieces = [''];
  let used = 0;
  for (const { segment } of graphemes.segment(part)) {
    const wide = stringWidth(segment);
    if (used + wide > width) {
      pieces.push('');
      used = 0;
    }
    pieces[pieces.length - 1] += segment;
    used += wide;
  }
  return pieces;
}

/** The widest word of a text, and the widest segment of its paths. */
export function measureWords(text: string): { word: number; piece: number } {
  let [word, piece] = [0, 0];
  for (const one of text.split(/\s+/)) {
    word = Math.max(word, stringWidth(one));
    for (const part of one.split(segment)) piece = Math.max(piece, stringWidth(part));
  }
  return { word, piece };
}
