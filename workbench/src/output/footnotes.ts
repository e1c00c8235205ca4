/** A sentence shown once below a table instead of in several cells. */
export interface Footnote {
  /** The mark in the cells: `[1]`. */
  readonly mark: string;
  readonly text: string;
}

/** Shorter texts stay in their cells. */
const minLength = 16;
/** Sentences of this length become a footnote at two occurrences, shorter ones at three. */
const longLength = 40;

/**
 * Moves sentences that several cells of one column repeat into numbered footnotes. The first column names the rows
 * and stays, as do names and paths, which contain no space.
 */
export function footnoteRepeated(rows: readonly (readonly string[])[]): { rows: string[][]; notes: Footnote[] } {
  const times = new Map<string, number>();
  const key = (cell: string, column: number): string => `${column} ${cell}`;
  const isSentence = (cell: string, column: number): boolean =>
    column > 0 && cell.length >= minLength && cell.includes(' ');
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      if (isSentence(cell, column)) times.set(key(cell, column), (times.get(key(cell, column)) ?? 0) + 1);
    }
  }
  const isOften = (cell: string, column: number): boolean =>
    (times.get(key(cell, column)) ?? 0) >= (cell.length < longLength ? 3 : 2);
  const marks = new Map<string, string>();
  const noted = rows.map((row) =>
    row.map((cell, column) => {
      if (!isSentence(cell, column) || !isOften(cell, column)) return cell;
      const mark = marks.get(cell) ?? `[${marks.size + 1}]`;
      marks.set(cell, mark);
      return mark;
    }),
  );
  return { rows: noted, notes: [...marks].map(([text, mark]) => ({ mark, text })) };
}
