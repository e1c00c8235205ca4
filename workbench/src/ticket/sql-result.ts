import { count, fence } from './blocks.ts';

export type SqlValue = string | number | boolean | null;

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** A query and its result. @param maxRows others are counted, but not shown */
export function formatQuery(sql: string, { columns, rows }: SqlResult, maxRows: number): string {
  const left = rows.length - maxRows;
  const rest = left <= 0 ? '' : `\n\n${count(left, 'more row')} ${left === 1 ? 'is' : 'are'} not shown here.`;
  return `${fence(sql, 'sql')}\n\n${fence(formatResult({ columns, rows: rows.slice(0, maxRows) }))}${rest}`;
}

/** Formats a result as psql does. */
export function formatResult({ columns, rows }: SqlResult): string {
  const cells = rows.map((row) => row.map(formatValue));
  const widths = columns.map((name, place) => Math.max(name.length, ...cells.map((row) => row[place]?.length ?? 0)));
  const isNumber = columns.map((_, place) => rows.some((row) => typeof row[place] === 'number'));
  const lines = cells.map((row) => row.map((cell, place) => pad(cell, widths[place] ?? 0, isNumber[place] === true)));
  const heads = columns.map((name, place) => center(name, widths[place] ?? 0));
  return [
    ` ${heads.join(' | ')}`.trimEnd(),
    widths.map((width) => '-'.repeat(width + 2)).join('+'),
    ...lines.map((line) => ` ${line.join(' | ')}`.trimEnd()),
    `(${rows.length} row${rows.length === 1 ? '' : 's'})`,
  ].join('\n');
}

/** Quotes a string for SQL. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function formatValue(value: SqlValue): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return String(value).replace(/\s+/g, ' ');
}

function pad(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}

function center(name: string, width: number): string {
  return name.padStart(name.length + Math.floor((width - name.length) / 2)).padEnd(width);
}
