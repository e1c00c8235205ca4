import { expect, test } from 'vitest';
import { formatCsv } from '../../../src/output/csv.ts';
import type { Column, Value } from '../../../web/src/parts/columns.ts';
import { writeCsv, writeJson } from '../../../web/src/parts/table-files.ts';

type Row = readonly [Value, Value];
const columns: readonly Column<Row>[] = [
  { name: 'first', title: 'First', value: ([first]) => first },
  { name: 'second', title: 'Second', value: ([, second]) => second },
];
const rows: readonly Row[] = [
  ['=HYPERLINK("x")', -1],
  ['[sig-api] "a", b', null],
  ['\u202eevil\n', true],
  ['＋1', false],
  ['', 'ü😀'],
];

test('writes the CSV of commands', () => {
  expect(writeCsv(columns, rows)).toBe(formatCsv(['first', 'second'], rows));
});

test('writes JSON with unknown values', () => {
  expect(JSON.parse(writeJson(columns, rows))[1]).toEqual({ first: '[sig-api] "a", b', second: null });
});
