import { escapeControlCharacters } from '../output/control-characters.ts';
import type { Column } from '../output/table.ts';
import { printTable } from '../output/table.ts';

/** The printed part of a `pg` result. */
export interface StatementResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

// int8, int2, int4, oid, float4, float8, numeric (pg_type.dat of PostgreSQL)
const numberTypes = new Set([20, 21, 23, 26, 700, 701, 1700]);

/** Prints a statement's result: a table with its row count, or the command. */
export function printResult(stream: NodeJS.WritableStream, { command, rowCount, fields, rows }: StatementResult): void {
  if (fields.length === 0) {
    stream.write(`${command}${rowCount === null ? '' : ` ${rowCount}`}\n`);
    return;
  }
  // Columns of a result may have the same name.
  const columns = fields.map(
    ({ name, dataTypeID }, place): Column => ({
      name: `c${place}`,
      title: name,
      align: numberTypes.has(dataTypeID) ? 'right' : 'left',
    }),
  );
  printTable(
    stream,
    { columns, rows: rows.map((row) => Object.fromEntries(row.map((cell, place) => [`c${place}`, cell ?? '']))) },
    'text',
  );
  stream.write(`(${rows.length} row${rows.length === 1 ? '' : 's'})\n`);
}

/** Formats a PostgreSQL error as psql does: the message, the line with the position marked, detail and hint. */
export function describeError(error: unknown, statement: string): string {
  if (!(error instanceof Error)) return String(error);
  const { position, detail, hint } = readFields(error);
  const lines = [`ERROR: ${escapeControlCharacters(error.message)}`];
  if (position !== null) {
    const before = [...statement].slice(0, position - 1).join('');
    const number = before.split('\n').length;
    const label = `LINE ${number}: `;
    lines.push(`${label}${escapeControlCharacters(statement.split('\n')[number - 1] ?? '')}`);
    lines.push(`${' '.repeat(label.length + before.length - (before.lastIndexOf('\n') + 1))}^`);
  }
  if (detail !== null) lines.push(`DETAIL: ${escapeControlCharacters(detail)}`);
  if (hint !== null) lines.push(`HINT: ${escapeControlCharacters(hint)}`);
  return `${lines.join('\n')}\n`;
}

function readFields(error: Error): { position: number | null; detail: string | null; hint: string | null } {
  const text = (name: string): string | null => {
    const value: unknown = Object.entries(error).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : null;
  };
  const position = Number(text('position') ?? Number.NaN);
  return { position: Number.isInteger(position) ? position : null, detail: text('detail'), hint: text('hint') };
}
