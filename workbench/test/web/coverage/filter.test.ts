import { expect, test } from 'vitest';
import { filterRows, readFilter, toggleName } from '../../../web/src/coverage/filter.ts';
import { rows } from '../support/rows.ts';

test.each([
  [{}, 'readPod listPod evictPod readNode readLogs readNew'],
  [{ deprecated: 'show' }, 'readPod listPod evictPod readNode readLogs readOld readNew'],
  [{ ineligible: 'hide' }, 'readPod listPod readNode readLogs'],
  [{ pending: 'hide' }, 'readPod listPod evictPod readLogs readNew'],
  [{ new: 'only' }, 'readNew'],
  [{ verb: 'list' }, 'listPod'],
  [{ group: 'core' }, 'readPod listPod evictPod readNode'],
  [{ state: 'untested,ineligible' }, 'evictPod readLogs readNew'],
  [{ state: 'conformance', q: 'NODE core' }, 'readNode'],
  [{ q: 'resource.k8s.io' }, 'readNew'],
  [{ q: '<script>\u202e' }, ''],
  [{ verb: 'nothing' }, ''],
  [{ state: 'nothing' }, 'readPod listPod evictPod readNode readLogs readNew'],
])('%o leaves %s', (query, names) => {
  expect(
    filterRows(rows, readFilter(query))
      .map(({ endpoint }) => endpoint)
      .join(' '),
  ).toBe(names);
});

test('toggles a name of a list', () => {
  expect(toggleName([], 'a')).toBe('a');
  expect(toggleName(['a', 'b'], 'a')).toBe('b');
  expect(toggleName(['a'], 'a')).toBe('');
});
