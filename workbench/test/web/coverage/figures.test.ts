import { expect, test } from 'vitest';
import { countFigures, formatShare } from '../../../web/src/coverage/figures.ts';
import { createRow, rows } from '../support/rows.ts';

test('counts endpoints that are not deprecated', () => {
  expect(countFigures(rows)).toEqual({
    endpoints: 6,
    tested: 3,
    confTested: 2,
    untested: 3,
    eligible: 4,
    eligibleTested: 2,
    unknown: 0,
    eligibleUnknown: 0,
    new: 1,
    deprecated: 1,
  });
});

test('counts nothing that is unknown', () => {
  const unknown = rows.map((row) => ({ ...row, tested: null, confTested: null, eligible: null, isNew: null }));
  expect(countFigures(unknown)).toEqual({
    endpoints: 6,
    tested: null,
    confTested: null,
    untested: null,
    eligible: null,
    eligibleTested: null,
    unknown: 0,
    eligibleUnknown: null,
    new: null,
    deprecated: 1,
  });
});

test('counts an endpoint that no coverage can see as neither tested nor untested', () => {
  const unknown = createRow('readUnseen', { tested: null, confTested: null, unknown: 'why', tests: 0 });
  expect(countFigures([...rows, unknown])).toMatchObject({ endpoints: 7, tested: 3, untested: 3, unknown: 1 });
});

test('counts no endpoint that the release does not have', () => {
  expect(countFigures([createRow('readOld', { change: 'removed' })]).endpoints).toBe(0);
});

test.each([
  [1, 3, '33.3 %'],
  [1, 2, '50 %'],
  [0, 3, '0 %'],
  [3, 3, '100 %'],
  [9999, 10_000, '99.9 %'],
  [1, 10_000, '0.1 %'],
  [0, 0, null],
  [null, 3, null],
  [1, null, null],
])('%s of %s is %s', (part, whole, share) => {
  expect(formatShare(part, whole)).toBe(share);
});
