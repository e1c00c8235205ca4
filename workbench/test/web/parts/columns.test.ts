import { compareReleases as compareBySemver } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import {
  type Column,
  isNumeric,
  measureColumn,
  searchRows,
  sortRows,
  toggleSort,
} from '../../../web/src/parts/columns.ts';
import { compareReleases } from '../../../web/src/parts/releases.ts';

interface Row {
  readonly name: string;
  readonly tests: number | null;
  readonly since: string | null;
}
const rows: readonly Row[] = [
  { name: 'b', tests: 10, since: '1.9.0' },
  { name: 'a', tests: null, since: null },
  { name: 'C', tests: 9, since: '1.20.0' },
  { name: 'd', tests: 9, since: '1.19.5' },
];
const columns: readonly Column<Row>[] = [
  { name: 'name', title: 'Name', value: ({ name }) => name },
  { name: 'tests', title: 'Tests', value: ({ tests }) => tests },
  { name: 'since', title: 'Since', value: ({ since }) => since, order: 'release' },
];
const names = (sort: string) => sortRows(rows, columns, sort).map(({ name }) => name);

test.each([
  ['', ['b', 'a', 'C', 'd']],
  ['name', ['a', 'b', 'C', 'd']],
  ['-name', ['d', 'C', 'b', 'a']],
  ['tests', ['C', 'd', 'b', 'a']],
  ['-tests', ['b', 'C', 'd', 'a']],
  ['since', ['b', 'd', 'C', 'a']],
  ['-since', ['C', 'd', 'b', 'a']],
  ['nothing', ['b', 'a', 'C', 'd']],
])('sorts by "%s", unknown values last', (sort, expected) => {
  expect(names(sort)).toEqual(expected);
});

test('toggles between the directions and the given order', () => {
  expect(['', 'name', '-name', 'tests'].map((sort) => toggleSort(sort, 'name', false))).toEqual([
    'name',
    '-name',
    '',
    'name',
  ]);
  expect(['', '-tests', 'tests'].map((sort) => toggleSort(sort, 'tests', true))).toEqual(['-tests', 'tests', '']);
});

test('finds all words in any column and case', () => {
  expect(searchRows(rows, columns, ' c 1.20 ').map(({ name }) => name)).toEqual(['C']);
  expect(searchRows(rows, columns, '')).toBe(rows);
});

test('measures a column from all rows', () => {
  expect(columns.map((column) => measureColumn(column, rows))).toEqual([7, 8, 8]);
  expect(measureColumn({ name: 'long', title: 'L', value: () => 'x'.repeat(99), maxWidth: 20 }, rows)).toBe(20);
  expect(columns.map((column) => isNumeric(column, rows))).toEqual([false, true, false]);
});

test('compares releases as SnoopDB does', () => {
  const releases = [
    '1.9.0',
    '1.10.0',
    '1.20.0',
    '1.19.5',
    '1.37.0-beta.0',
    '1.37.0-beta.10',
    '1.37.0-rc.1',
    '1.37.0',
    'x',
  ];
  for (const a of releases) {
    for (const b of releases) expect(Math.sign(compareReleases(a, b)), `${a} ${b}`).toBe(compareBySemver(a, b));
  }
});
