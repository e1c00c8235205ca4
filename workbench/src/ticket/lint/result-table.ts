import type { Fence } from '../markdown/document.ts';

/** A result as psql prints it. */
export interface ResultTable {
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
  /** The number below it: `(7 rows)`; null: there is none. */
  readonly counted: { readonly line: number; readonly rows: number } | null;
}

export interface ResultRow {
  readonly line: number;
  readonly cells: readonly string[];
}

const count = /^\s*\((\d+) rows?\)\s*$/;

/** Reads a block as a result; null: it is something else. */
export function readResult({ textLine, text }: Fence): ResultTable | null {
  const lines = text.split('\n');
  const ruleAt = lines.findIndex((one) => one.includes('--') && /^[\s+|-]+$/.test(one));
  if (ruleAt < 1) return null;
  const rows: ResultRow[] = [];
  let counted: ResultTable['counted'] = null;
  for (const [at, one] of lines.entries()) {
    if (at <= ruleAt || one.trim() === '') continue;
    const number = count.exec(one)?.[1];
    if (number !== undefined) {
      counted = { line: textLine + at, rows: Number(number) };
      break;
    }
    rows.push({ line: textLine + at, cells: splitRow(one) });
  }
  return { columns: splitRow(lines[ruleAt - 1] ?? ''), rows, counted };
}

function splitRow(text: string): string[] {
  return text.split('|').map((cell) => cell.trim());
}

/** The endpoints of a result, with their lines; empty: it has no such column. */
export function listEndpoints({ columns, rows }: ResultTable): { endpoint: string; line: number }[] {
  const column = columns.indexOf('endpoint');
  return rows.flatMap(({ cells, line }) => {
    const endpoint = cells[column];
    return endpoint === undefined || !/^[A-Za-z]\w*$/.test(endpoint) ? [] : [{ endpoint, line }];
  });
}
