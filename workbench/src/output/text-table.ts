import stringWidth from 'string-width';
import { disarm } from './disarm.ts';
import type { Paint } from './paint.ts';

export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns, by their number, whose cells stand at the right edge. */
  readonly right?: ReadonlySet<number>;
  /** Columns of blanks before each line. */
  readonly indent?: number;
}

/** The lines of a table: heads in upper case, each column as wide as its widest cell is in a terminal. */
export function formatTextTable({ columns, rows, right, indent = 0 }: TextTable, paint: Paint): string[] {
  const all = [columns.map((column) => disarm(column).toUpperCase()), ...rows.map((row) => row.map(disarm))];
  const widths = columns.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, stringWidth(row[column] ?? '')), 0),
  );
  const [head = '', ...body] = all.map((row) => {
    const cells = row.map((cell, column) => {
      const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
      return right?.has(column) ? blanks + cell : cell + blanks;
    });
    return `${' '.repeat(indent)}${cells.join('  ')}`.trimEnd();
  });
  return [paint('dim', head), ...body];
}
