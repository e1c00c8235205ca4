import { expect, test } from 'vitest';
import {
  countReasons,
  describeOrigin,
  findIneligible,
  findPending,
  findStale,
  readList,
} from '../../../web/src/lists/list-rows.ts';
import { makeRow, makeTable } from '../support/table-rows.ts';

const listed = { eligible: false, reason: 'optional', link: 'https://example.com/1' } as const;
const table = makeTable([
  makeRow('plain'),
  makeRow('beta', { level: 'beta', eligible: false, reason: 'it is beta' }),
  makeRow('ineligible', listed),
  makeRow('ineligible and tested', { ...listed, confTested: true }),
  makeRow('ineligible and deprecated', { ...listed, deprecated: true, tested: null, confTested: null }),
  makeRow('ineligible and alpha', { ...listed, level: 'alpha', reason: 'other' }),
  makeRow('pending', { pending: true }),
  makeRow('pending and tested', { pending: true, confTested: true }),
  makeRow('both', { ...listed, pending: true }),
]);

test('lists only endpoints that are on a list', () => {
  expect(findIneligible(table).map(({ endpoint }) => endpoint)).toEqual([
    ...['ineligible', 'ineligible and tested', 'ineligible and deprecated', 'ineligible and alpha', 'both'],
  ]);
  expect(findPending(table).map(({ endpoint }) => endpoint)).toEqual(['pending', 'pending and tested', 'both']);
});

test('finds entries that say nothing about the release, and why', () => {
  const absent = [{ endpoint: 'gone', reason: 'optional', link: 'https://example.com/2' }];
  const list = { release: '1.36.0', origin: 'a file' };
  const stale = findStale({
    ...table,
    lists: {
      ineligible: { ...list, absent },
      pending: { ...list, absent: [{ endpoint: 'gone too', reason: null, link: null }] },
    },
  });
  expect(stale.map(({ list: name, endpoint, why }) => `${name}: ${endpoint}: ${why}`)).toEqual([
    'ineligible: gone: 1.36.0 has no such endpoint',
    'pending: gone too: 1.36.0 has no such endpoint',
    'ineligible: ineligible and tested: a conformance test hits it',
    'ineligible: ineligible and deprecated: it is deprecated',
    'ineligible: ineligible and alpha: it is alpha',
    'pending: pending and tested: a conformance test hits it',
    'pending: both: it is on the list of ineligible endpoints',
  ]);
  expect(stale[0]).toMatchObject({ reason: 'optional', link: 'https://example.com/2', exists: false });
  expect(stale.at(-1)).toMatchObject({ reason: null, link: null, exists: true });
});

test('counts reasons, the most frequent first', () => {
  expect(countReasons(findIneligible(table))).toEqual([
    { reason: 'optional', count: 4 },
    { reason: 'other', count: 1 },
  ]);
});

test('says that a list is missing or of another release', () => {
  expect(describeOrigin(table, 'pending')).toEqual([
    "No list of pending endpoints is loaded; 'snoop load pending FILE' loads one.",
  ]);
  const lists = { ineligible: { release: '1.35.0', origin: 'a file', absent: [] }, pending: null };
  expect(describeOrigin({ ...table, lists }, 'ineligible')).toEqual([
    'The list of ineligible endpoints is that of 1.35.0, the nearest release with one.',
  ]);
});

test.each([
  ['stale', 'stale'],
  [undefined, 'ineligible'],
  ['<script>', 'ineligible'],
])('the list %j of a link is %s', (text, list) => {
  expect(readList(text)).toBe(list);
});
