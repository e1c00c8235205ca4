import { expect, test } from 'vitest';
import * as locks from '../../src/postgres/locks.ts';

test('no two locks have the same key, whatever the source or file', () => {
  const statements = [
    locks.lockMigrationsExclusive(),
    locks.lockReleasesExclusive(),
    locks.lockDocumentExclusive('kind'),
    locks.lockDocumentExclusive('other'),
    locks.lockHitsExclusive(),
    locks.lockTestedExclusive(),
    locks.lockRejectedBodiesExclusive(),
    locks.upkeepExclusive().lock,
    locks.loadExclusive(3).lock,
    locks.loadExclusive(4).lock,
  ];
  const keys = statements.map((statement) => /\((.+)\)$/.exec(statement)?.[1]);
  expect(new Set(keys).size).toBe(statements.length);
  // The second number is a hash of the source; no other lock has the first.
  const classes = keys.map((key) => key?.split(', ')[0]);
  expect(classes.filter((one) => one === classes[2])).toHaveLength(2);
});

test('shared and exclusive have the same key', () => {
  const shared = [locks.lockDocumentShared('kind'), locks.lockHitsShared()];
  expect(shared.map((statement) => statement.replace('_shared', ''))).toEqual([
    locks.lockDocumentExclusive('kind'),
    locks.lockHitsExclusive(),
  ]);
});
