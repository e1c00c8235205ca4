import { expect, test } from 'vitest';
import type { DetailsFile } from '../../../src/ui/data/model.ts';
import { formatSourceUrl, listHitEndpoints } from '../../../web/src/test/hit-endpoints.ts';
import { listTests } from '../../../web/src/test/list-tests.ts';
import { makeRow, makeTable } from '../support/table-rows.ts';

const plain = { conformance: false, cut: false, title: null, file: null, promotedIn: null };
const hitBy = (tests: number[], namelessHit = false): DetailsFile['endpoints'][string] => ({
  ...{ tests, namelessHit, description: null, reference: null, history: '' },
});
const details: DetailsFile = {
  tests: ['first', 'second', 'third'].map((name) => ({ ...plain, test: name })),
  releases: [],
  endpoints: { shared: hitBy([0, 1]), own: hitBy([0]), perhaps: hitBy([0], true), none: hitBy([]), other: hitBy([1]) },
};
const table = makeTable(['shared', 'own', 'perhaps', 'none', 'other', 'unlisted'].map((name) => makeRow(name)));

test('lists what a test hits, and what hangs on it alone', () => {
  const hits = (place: number) => listHitEndpoints(table, details, place).map((row) => [row.endpoint, row.isAlone]);
  expect(hits(0)).toEqual([
    ['shared', false],
    ['own', true],
    ['perhaps', false],
  ]);
  expect(hits(1)).toEqual([
    ['shared', false],
    ['other', true],
  ]);
  expect(hits(2)).toEqual([]);
});

test('the list of tests has the numbers of their pages', () => {
  const counts = listTests(details).map(({ test: name, endpoints, alone }) => [name, endpoints, alone]);
  expect(counts).toEqual([
    ['first', 3, 1],
    ['second', 2, 1],
    ['third', 0, 0],
  ]);
});

test.each([
  ['test/e2e/apps/rc.go', '2026-04-22', 'https://github.com/kubernetes/kubernetes/blob/v1.36.0/test/e2e/apps/rc.go'],
  ['a b/"x"?#.go', '2026-04-22', 'https://github.com/kubernetes/kubernetes/blob/v1.36.0/a%20b/%22x%22%3F%23.go'],
  ['test/e2e/apps/rc.go', null, null],
  [null, '2026-04-22', null],
])('the source of %j of a release of %s', (file, releaseDate, url) => {
  expect(formatSourceUrl(file, { release: '1.36.0', releaseDate })).toBe(url);
});
