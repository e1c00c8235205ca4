import { escapeControlCharacters, formatJson } from '../../../src/output/control-characters.ts';
import type { Column, Value } from './columns.ts';

/** Writes rows as CSV, as `--output csv` of commands does: formulas get an apostrophe, since names are untrusted. */
export function writeCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => columns.map((column) => column.value(row)))];
  return lines.map((cells) => `${cells.map(writeCell).join(',')}\r\n`).join('');
}

function writeCell(value: Value): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = escapeControlCharacters(value);
  const safe = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Writes rows as a JSON array of objects; unknown values are null. */
export function writeJson<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return formatJson(rows.map((row) => Object.fromEntries(columns.map((column) => [column.name, column.value(row)]))));
}
