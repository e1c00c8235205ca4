import { expect, test } from 'vitest';
import { parseBoundedJson } from '../../src/index.ts';
import { findExceededLimit } from '../../src/inputs/json-limits.ts';

test.each([
  ['what is usual', '{"a":[1,{"b":"[[[["}],"c":"\\"[[["}', null],
  ['a thousand levels', '['.repeat(1000) + ']'.repeat(1000), null],
  ['brackets within strings', `["${'['.repeat(5000)}","\\\\","${'{'.repeat(5000)}"]`, null],
  ['a level more', '['.repeat(1001) + ']'.repeat(1001), 'it is nested more than 1000 levels deep'],
  ['levels that are never closed', '{"a":'.repeat(2_000_000), 'it is nested more than 1000 levels deep'],
  ['five million lists', `[${'[],'.repeat(5_000_000)}[]]`, 'it has more than 4000000 values'],
  ['five million numbers', `[${'1,'.repeat(5_000_000)}1]`, 'it has more than 4000000 values'],
])('%s', (_what, text, excess) => {
  expect(findExceededLimit(text)).toBe(excess);
});

test('refuses excessive JSON by name', () => {
  expect(() => parseBoundedJson('swagger.json', '['.repeat(2000))).toThrow(
    expect.objectContaining({
      code: 'bad_document',
      message: 'swagger.json is not a document of the expected kind: it is nested more than 1000 levels deep.',
    }),
  );
  expect(parseBoundedJson('swagger.json', '{"paths":{}}')).toEqual({ paths: {} });
});
