import { formatCsv } from './csv.ts';
import { formatJson } from './control-characters.ts';
import type { TableFormat } from './format.ts';
import { formatMarkdownTable } from './markdown.ts';
import type { Paint } from './paint.ts';
import { createPaint } from './paint.ts';
import { formatTextTable } from './text-table.ts';
import { readWidth } from './wrap.ts';

/** The value of a cell; null: unknown. */
export type Cell = string | number | boolean | null | readonly string[];

export interface Column<Name extends string = string> {
  /** The field of a row, and the name in JSON and CSV. */
  readonly name: Name;
  /** The column's heading for people; default: the name. */
  readonly title?: string;
  readonly align?: 'left' | 'right';
  /** Shortens a cell when the table is too wide for the terminal. */
  readonly shorten?: (cell: string) => string;
}

export interface Table<Name extends string = string> {
  readonly columns: readonly Column<Name>[];
  readonly rows: readonly Readonly<Record<Name, Cell>>[];
}

/** Prints one table. JSON and CSV have the columns' names and plain values, the other formats titles and words. */
export function printTable<Name extends string>(
  stream: NodeJS.WritableStream,
  table: Table<Name>,
  format: TableFormat,
  options: { readonly color?: boolean } = {},
): void {
  stream.write(formatTable(table, format, createPaint(options.color === true, readWidth(stream))));
}

function formatTable<Name extends string>(table: Table<Name>, format: TableFormat, paint: Paint): string {
  if (format === 'csv') return formatCsvTable(table);
  if (format === 'json') return formatJson(pickColumns(table));
  const lines = format === 'markdown' ? formatMarkdownLines(table) : formatTextLines(table, paint);
  return `${lines.join('\n')}\n`;
}

/** The rows reduced to the table's columns, in their order. */
function pickColumns<Name extends string>({ columns, rows }: Table<Name>): Record<string, Cell>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }) => [name, row[name]])));
}

export function formatTextLines<Name extends string>(table: Table<Name>, paint: Paint, indent = 0): string[] {
  const shorten = new Map(
    table.columns.flatMap((column, number) =>
      column.shorten === undefined ? [] : [[number, column.shorten] as const],
    ),
  );
  const right = listRightColumns(table);
  return formatTextTable({ columns: listTitles(table), rows: formatCells(table), right, indent, shorten }, paint);
}

export function formatMarkdownLines<Name extends string>(table: Table<Name>): string[] {
  return formatMarkdownTable(listTitles(table), formatCells(table), listRightColumns(table));
}

/** Lists become one comma-separated cell. */
export function formatCsvTable<Name extends string>({ columns, rows }: Table<Name>): string {
  return formatCsv(
    columns.map(({ name }) => name),
    rows.map((row) => columns.map(({ name }) => flatten(row[name]))),
  );
}

/** A cell as text: `-` for unknown, yes and no. */
function describeCell(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return typeof cell === 'object' ? cell.join(', ') : String(cell);
}

function flatten(cell: Cell): string | number | boolean | null {
  return typeof cell === 'object' && cell !== null ? cell.join(', ') : cell;
}

function listTitles<Name extends string>({ columns }: Table<Name>): string[] {
  return columns.map(({ name, title }) => title ?? name);
}

function formatCells<Name extends string>({ columns, rows }: Table<Name>): string[][] {
  return rows.map((row) => columns.map(({ name }) => describeCell(row[name])));
}

function listRightColumns<Name extends string>({ columns }: Table<Name>): Set<number> {
  return new Set(columns.flatMap(({ align }, number) => (align === 'right' ? [number] : [])));
}
