import { expect, test } from 'vitest';
import { completePlace, readPlace, writePlace } from '../../../web/src/app/place.ts';

const root = new URL('http://localhost/some/path/');
const read = (path: string) => readPlace(new URL(path, root), root);

test.each([
  ['1.36.0/endpoint.html?endpoint=a%20b', { release: '1.36.0', page: 'endpoint', query: { endpoint: 'a b' } }],
  ['runs.html?run=%00', { release: null, page: 'runs', query: { run: '\0' } }],
  ['1.36.0/runs.html', null],
  ['coverage.html', null],
  ['1.36/coverage.html', null],
  ['../coverage.html', null],
])('reads %s', (path, place) => {
  expect(read(path)).toEqual(place);
});

test.each(['', '<script>alert(1)</script>', '\0', 'x'.repeat(10_000), '\u202eevil', '🙂&=#?'])(
  'a link to %.30j leads to the same place',
  (endpoint) => {
    const place = { page: 'endpoint', release: '1.36.0', query: endpoint === '' ? {} : { endpoint } } as const;
    expect(readPlace(new URL(writePlace(place, root)), root)).toEqual(place);
  },
);

test('a live page has no release, and its links lead to the release shown last', () => {
  expect(completePlace({ page: 'runs', release: '1.36.0', query: {} }, '1.35.0').release).toBeNull();
  expect(completePlace({ page: 'coverage', release: null, query: {} }, '1.35.0').release).toBe('1.35.0');
  expect(completePlace({ page: 'coverage', release: '1.36.0', query: {} }, '1.35.0').release).toBe('1.36.0');
});
