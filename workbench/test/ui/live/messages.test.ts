import { expect, test } from 'vitest';
import { addCounts } from '../../../src/ui/live/join.ts';
import { readPageMessage } from '../../../src/ui/live/read-message.ts';

test('reads what a page wants, and nothing else', () => {
  const want = { kind: 'want', rows: true, all: false, at: { session: 's', number: 3 } };
  expect(readPageMessage(JSON.stringify(want))).toEqual(want);
  expect(readPageMessage(JSON.stringify({ ...want, at: null, more: 'x' }))).toEqual({ ...want, at: null });
  expect(readPageMessage('{"kind":"seen","number":7}')).toEqual({ kind: 'seen', number: 7 });
});

test.each([
  '',
  'null',
  '[]',
  '"want"',
  '{',
  '{"kind":"want"}',
  '{"kind":"want","rows":1,"all":true,"at":null}',
  '{"kind":"want","rows":true,"all":true}',
  '{"kind":"want","rows":true,"all":true,"at":{"session":1,"number":2}}',
  '{"kind":"want","rows":true,"all":true,"at":{"session":"s","number":-1}}',
  '{"kind":"want","rows":true,"all":true,"at":{"session":"s","number":1.5}}',
  '{"kind":"seen","number":"1"}',
  '{"kind":"seen","number":1e300}',
  '{"kind":"delete"}',
])('rejects %s', (text) => {
  expect(readPageMessage(text)).toBeNull();
});

test('counts are added by endpoint', () => {
  expect(
    addCounts(
      [
        ['a', 1, 1],
        ['b', 2, 0],
      ],
      [
        ['b', 3, 1],
        ['c', 1, 1],
      ],
    ),
  ).toEqual([
    ['a', 1, 1],
    ['b', 5, 1],
    ['c', 1, 1],
  ]);
});
