import { compareReleases, compareTexts } from './releases.ts';

/** What a cell holds; null: unknown, or it has none. Shown as an empty cell, never as 0 or "no". */
export type Value = string | number | boolean | null;

/** A column of a table, of its CSV and of its JSON. */
export interface Column<Row> {
  /** In the query and in files: `confTested`. */
  readonly name: string;
  readonly title: string;
  /** Explains the title, in a tooltip. */
  readonly hint?: string;
  value(row: Row): Value;
  /** URL; null: no link. */
  link?(row: Row): string | null;
  /** How values are sorted. Default: texts and numbers as they are. */
  readonly order?: 'release';
  /** What the cell shows instead of the value. */
  text?(row: Row): string;
  /** The widest that it gets, in characters; longer texts are cut, with the whole text in a tooltip. Default: 44. */
  readonly maxWidth?: number;
  /** The narrowest, in characters, for cells that are drawn. */
  readonly minWidth?: number;
  /** Of a mark before the text, in characters. */
  readonly markWidth?: number;
}

/** A sorted column: its name, with `-` in front if descending. */
export type Sort = string;

export function readSort(sort: Sort): { readonly name: string; readonly isDescending: boolean } {
  return sort.startsWith('-') ? { name: sort.slice(1), isDescending: true } : { name: sort, isDescending: false };
}

/** The next sort after activating a column's title: ascending, descending, as given. Numbers start descending. */
export function toggleSort(sort: Sort, name: string, startsDescending: boolean): Sort {
  const [first, second] = startsDescending ? [`-${name}`, name] : [name, `-${name}`];
  return sort === first ? second : sort === second ? '' : first;
}

/** Sorts rows by a column. Null is last in both directions; equal rows stay in order; an unknown column changes nothing. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort): readonly Row[] {
  const { name, isDescending } = readSort(sort);
  const column = columns.find((one) => one.name === name);
  if (column === undefined) return rows;
  const compare = column.order === 'release' ? compareReleaseValues : compareValues;
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort(({ value: a }, { value: b }) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return isDescending ? compare(b, a) : compare(a, b);
  });
  return keyed.map(({ row }) => row);
}

function compareValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'string' && typeof b === 'string') {
    return compareTexts(a.toLowerCase(), b.toLowerCase()) || compareTexts(a, b);
  }
  return Number(a) - Number(b);
}

function compareReleaseValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  return compareReleases(String(a), String(b));
}

export function formatValue(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

/** The text of a cell. */
export function formatCell<Row>(column: Column<Row>, row: Row): string {
  return column.text === undefined ? formatValue(column.value(row)) : column.text(row);
}

/** Whether all known values of a column are numbers, which are aligned right. */
export function isNumeric<Row>(column: Column<Row>, rows: readonly Row[]): boolean {
  const known = rows.map((row) => column.value(row)).filter((value) => value !== null);
  return known.length > 0 && known.every((value) => typeof value === 'number');
}

/** Rows whose columns contain all words of a text, in any case. */
export function searchRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], text: string): readonly Row[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const all = columns.map((column) => formatCell(column, row).toLowerCase()).join('\n');
    return words.every((word) => all.includes(word));
  });
}

/** The width of a column in characters, from all rows, so that it stays the same while the table is scrolled. */
export function measureColumn<Row>(column: Column<Row>, rows: readonly Row[]): number {
  const { title, maxWidth = 44, minWidth = 0, markWidth = 0 } = column;
  let width = Math.max(minWidth, Math.ceil(title.length * 1.15) + 2);
  for (const row of rows) width = Math.max(width, formatCell(column, row).length);
  return Math.min(width, maxWidth) + markWidth;
}
