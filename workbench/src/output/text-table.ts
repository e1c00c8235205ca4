import stringWidth from 'string-width';
import { escapeControlCharacters } from './control-characters.ts';
import { footnoteRepeated } from './footnotes.ts';
import type { Paint } from './paint.ts';
import { measureWords, wrapWords } from './wrap.ts';

export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Indexes of right-aligned columns. */
  readonly right?: ReadonlySet<number>;
  /** Spaces before each line. */
  readonly indent?: number;
  /** Shortens the cells of a column, by its index, when the table is too wide. */
  readonly shorten?: ReadonlyMap<number, (cell: string) => string>;
}

const gap = 2;

/**
 * Formats a table; a row that wraps is one string with line breaks, and footnotes come last. Headings are in upper
 * case, and a column is as wide as its widest cell. A table wider than the terminal is shortened: repeated sentences
 * become footnotes, columns wrap at words, and if that is not enough, each row becomes its first cell with the others
 * below it, each after its heading.
 */
export function formatTextTable(table: TextTable, paint: Paint): string[] {
  const heads = table.columns.map((column) => escapeControlCharacters(column).toUpperCase());
  const rows = table.rows.map((row) => row.map(escapeControlCharacters));
  const widths = measureColumns([heads, ...rows]);
  const room = paint.width === null ? Number.POSITIVE_INFINITY : paint.width - (table.indent ?? 0);
  if (sum(widths) + gap * (widths.length - 1) <= room) return formatColumns(heads, rows, widths, table, paint);
  return formatNarrow(heads, rows, room, table, paint);
}

function formatNarrow(heads: string[], all: string[][], room: number, table: TextTable, paint: Paint): string[] {
  const shortened = all.map((row) => row.map((cell, column) => table.shorten?.get(column)?.(cell) ?? cell));
  const { rows, notes } = footnoteRepeated(shortened);
  const widths = chooseWidths([heads, ...rows], room - gap * (heads.length - 1));
  const lines =
    widths === null ? formatRecords(heads, rows, room, table, paint) : formatColumns(heads, rows, widths, table, paint);
  const margin = ' '.repeat(table.indent ?? 0);
  return [
    ...lines,
    ...notes.map(({ mark, text }) =>
      wrapWords(`${mark} ${text}`, room, room - gap)
        .map((line, place) => margin + (place === 0 ? '' : ' '.repeat(gap)) + line)
        .join('\n'),
    ),
  ];
}

function formatColumns(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  { right, indent = 0 }: TextTable,
  paint: Paint,
): string[] {
  const [head = '', ...body] = [heads, ...rows].map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return stringWidth(cell) <= width ? [cell] : wrapWords(cell, width);
    });
    const height = cells.reduce((most, lines) => Math.max(most, lines.length), 1);
    return Array.from({ length: height }, (_, line) => {
      const parts = cells.map((lines, column) => {
        const part = lines[line] ?? '';
        const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(part)));
        return right?.has(column) ? blanks + part : part + blanks;
      });
      return `${' '.repeat(indent)}${parts.join(' '.repeat(gap))}`.trimEnd();
    }).join('\n');
  });
  return [paint('dim', head), ...body];
}

/** Formats each row as a record: the cell that names the row, and the others below it. A number names nothing. */
function formatRecords(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  room: number,
  { indent = 0, right }: TextTable,
  paint: Paint,
): string[] {
  const margin = ' '.repeat(indent);
  const name = Math.max(
    0,
    heads.findIndex((_, column) => right?.has(column) !== true),
  );
  const records = rows.map((row) => {
    const first = row[name] ?? '';
    const said = row.flatMap((cell, column) => {
      const head = (heads[column] ?? '').toLowerCase();
      return cell === '' || column === name ? [] : [head === '' ? cell : `${head} ${cell}`];
    });
    const lines =
      first === '' ? [] : wrapWords(first, room, room - gap).map((line, place) => (place === 0 ? line : `  ${line}`));
    lines.push(...packParts(said, room - gap).map((line) => `  ${line}`));
    return lines.map((line) => margin + line).join('\n');
  });
  return [paint('dim', margin + (heads[name] ?? '')), ...records];
}

/** Puts as many parts on a line as fit; a part wider than a line wraps. */
function packParts(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)} · ${part}`;
    if (stringWidth(longer) <= width) lines.splice(-1, 1, longer);
    else lines.push(...wrapWords(part, width, width));
  }
  return lines;
}

function measureColumns(all: readonly (readonly string[])[]): number[] {
  const columns = all[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, column) =>
    all.reduce((widest, row) => Math.max(widest, stringWidth(row[column] ?? '')), 0),
  );
}

/**
 * Chooses widths that fit by shrinking the widest columns: to their longest word, then, except for the first column,
 * to the longest segment of a word. null: still too wide.
 */
function chooseWidths(all: readonly (readonly string[])[], room: number): number[] | null {
  const words = (all[0] ?? []).map((_, column) => all.map((row) => measureWords(row[column] ?? '')));
  const whole = words.map((cells) => cells.reduce((most, { word }) => Math.max(most, word), 0));
  const least = words.map((cells, column) =>
    column === 0 ? (whole[0] ?? 0) : cells.reduce((most, { piece }) => Math.max(most, piece), 0),
  );
  return shrink(shrink(measureColumns(all), whole, room), least, room, true);
}

function shrink(widths: readonly number[], floors: readonly number[], room: number): number[];
function shrink(widths: readonly number[], floors: readonly number[], room: number, wholly: true): number[] | null;
function shrink(widths: readonly number[], floors: readonly number[], room: number, wholly = false): number[] | null {
  const shrunk = [...widths];
  for (let over = sum(shrunk) - room; over > 0; over -= 1) {
    const widest = shrunk.reduce(
      (best, width, column) =>
        width > (floors[column] ?? 0) && (best < 0 || width > (shrunk[best] ?? 0)) ? column : best,
      -1,
    );
    if (widest < 0) return wholly ? null : shrunk;
    shrunk[widest] = (shrunk[widest] ?? 0) - 1;
  }
  return shrunk;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
