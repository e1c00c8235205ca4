import { expect, test } from 'vitest';
import type { TableFile, TableRow } from '../../../src/ui/data/model.ts';
import { compareTables, orderByChange } from '../../../web/src/coverage/changes.ts';
import { createRow } from '../support/rows.ts';

const untested = { tested: false, confTested: false };
const unknown = { tested: null, confTested: null };

function createTable(endpoints: readonly TableRow[], changed: Partial<TableFile['release']> = {}): TableFile {
  const release = { release: '1.36.0', releaseDate: null, origin: 'file', coverageOrigin: 'file', incomplete: null };
  return {
    release: { ...release, isBaseline: false, ...changed },
    previous: null,
    lists: { ineligible: null, pending: null },
    endpoints,
  };
}

const before = [
  createRow('same'),
  createRow('lost'),
  createRow('lostConformance'),
  createRow('gained', untested),
  createRow('removed'),
  createRow('deprecated'),
  createRow('revived', { deprecated: true, ...unknown }),
  createRow('removedDeprecated', { deprecated: true, ...unknown }),
];
const after = [
  createRow('same'),
  createRow('lost', untested),
  createRow('lostConformance', { confTested: false }),
  createRow('gained'),
  createRow('deprecated', { deprecated: true, ...unknown }),
  createRow('revived'),
  createRow('new'),
  createRow('newDeprecated', { deprecated: true, ...unknown }),
];

const compare = (one: TableFile, other: TableFile) =>
  Object.fromEntries(compareTables(one, other).map(({ endpoint, change }) => [endpoint, change]));

test('finds what was gained, lost, added and removed', () => {
  expect(compare(createTable(before), createTable(after))).toEqual({
    same: 'same',
    lost: 'lost',
    lostConformance: 'lost',
    gained: 'gained',
    removed: 'removed',
    deprecated: 'removed',
    revived: 'new',
    new: 'new',
    newDeprecated: 'same',
  });
});

test('finds nothing lost in a release with incomplete coverage, and nothing gained since one', () => {
  const incomplete = { incomplete: 'It contradicts itself.' };
  expect(compare(createTable(before), createTable(after, incomplete))).toMatchObject({
    same: 'same',
    lost: 'unclear',
    lostConformance: 'unclear',
    gained: 'gained',
    removed: 'removed',
  });
  expect(compare(createTable(before, incomplete), createTable(after))).toMatchObject({
    lost: 'lost',
    gained: 'unclear',
    new: 'new',
  });
});

test('cannot tell without coverage', () => {
  const without = createTable(
    after.map((row) => ({ ...row, ...unknown })),
    { coverageOrigin: null },
  );
  expect(compare(createTable(before), without)).toMatchObject({ same: 'unclear', lost: 'unclear', new: 'new' });
});

test('puts what changed first', () => {
  const rows = orderByChange(compareTables(createTable(before), createTable(after)));
  expect(rows.map(({ endpoint }) => endpoint)).toEqual(
    'gained lost lostConformance revived new deprecated removed same newDeprecated'.split(' '),
  );
});
