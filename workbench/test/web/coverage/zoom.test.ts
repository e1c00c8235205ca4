import { expect, test } from 'vitest';
import { findZoomed, readZoom, writeZoom } from '../../../web/src/coverage/zoom.ts';
import { rows } from '../support/rows.ts';

const counted = rows.filter(({ deprecated }) => !deprecated);
const find = (zoom: string) => {
  const { path, rows: shown, selected, missing } = findZoomed(rows, counted, readZoom(zoom));
  return { path: writeZoom(path), shown: shown.length, selected: selected?.endpoint ?? null, missing };
};

test.each([
  ['', { path: '', shown: 6, selected: null, missing: null }],
  ['stable', { path: 'stable', shown: 5, selected: null, missing: null }],
  ['stable/core/Pod', { path: 'stable/core/Pod', shown: 3, selected: null, missing: null }],
  ['stable/logs/-', { path: 'stable/logs/-', shown: 1, selected: null, missing: null }],
  ['stable/core/Pod/listPod', { path: 'stable/core/Pod/listPod', shown: 3, selected: 'listPod', missing: null }],
  [
    'stable/core/Pod/readOld',
    { path: 'stable/core/Pod', shown: 3, selected: null, missing: { name: 'readOld', why: 'filter' } },
  ],
  [
    'stable/core/Gone/readGone',
    { path: 'stable/core', shown: 4, selected: null, missing: { name: 'Gone', why: 'release' } },
  ],
  ['gamma', { path: '', shown: 6, selected: null, missing: { name: 'gamma', why: 'release' } }],
  ['%00/<script>', { path: '', shown: 6, selected: null, missing: { name: '%00', why: 'release' } }],
])('finds %s', (zoom, found) => {
  expect(find(zoom)).toEqual(found);
});

test('finds nothing among no rows', () => {
  expect(findZoomed(rows, [], ['stable'])).toEqual({
    path: [],
    rows: [],
    selected: null,
    missing: { name: 'stable', why: 'filter' },
  });
});
