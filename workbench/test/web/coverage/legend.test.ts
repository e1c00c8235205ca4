import { expect, test } from 'vitest';
import { readFilter } from '../../../web/src/coverage/filter.ts';
import { countLegend } from '../../../web/src/coverage/legend.ts';
import { createRow, rows } from '../support/rows.ts';

const count = (query: Record<string, string>, path: string[] = []) =>
  countLegend(rows, readFilter(query), path, 'state').map(({ paint, count }) => `${paint} ${count}`);

test('counts what the other filters leave', () => {
  expect(count({})).toEqual(['conformance 2', 'tested 1', 'untested 2', 'ineligible 1']);
  expect(count({ state: 'tested' })).toEqual(['conformance 2', 'tested 1', 'untested 2', 'ineligible 1']);
  expect(count({ deprecated: 'show' }).at(-1)).toBe('deprecated 1');
  expect(count({ q: 'node' })).toEqual(['conformance 1']);
  expect(count({}, ['stable', 'core', 'Pod'])).toEqual(['conformance 1', 'tested 1', 'ineligible 1']);
});

test('keeps a chosen state that no endpoint has, so that it can be left out again', () => {
  expect(count({ q: 'node', state: 'untested' })).toEqual(['conformance 1', 'untested 0']);
});

test('counts changes', () => {
  const changed = [createRow('a', { change: 'new' }), createRow('b', { change: 'same' })];
  expect(countLegend(changed, readFilter({}), [], 'change')).toEqual([
    { paint: 'new', count: 1 },
    { paint: 'same', count: 1 },
  ]);
});
