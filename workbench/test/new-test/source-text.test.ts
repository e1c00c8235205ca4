import { expect, test } from 'vitest';
import { Expression } from '../../src/new-test/draft.ts';
import { formatCall, formatImport, formatValue, quote } from '../../src/new-test/source-text.ts';

test('formats a short value on one line', () => {
  const name = new Expression('name', () => 'a');
  expect(formatValue({ name, 'a-b': [1, true, null], c: {} }, 0, 0)).toBe("{ name, 'a-b': [1, true, null], c: {} }");
});

test('breaks what does not fit, and several objects in an array', () => {
  expect(
    formatValue(
      {
        text: 'x'.repeat(120),
        few: [
          { a: 1, b: 2 },
          { a: 3, b: 4 },
        ],
      },
      2,
      20,
    ),
  ).toBe(`{
    text:
      '${'x'.repeat(120)}',
    few: [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ],
  }`);
});

test.each([
  ["it's", `"it's"`],
  ['say "yes"', `'say "yes"'`],
  ['two\nlines', String.raw`'two\nlines'`],
  ['back\\slash', String.raw`'back\\slash'`],
])('quotes %j', (text, quoted) => {
  expect(quote(text)).toBe(quoted);
});

test('breaks the arguments of a long call', () => {
  const before = `await ${'x'.repeat(100)}`;
  expect(formatCall(2, before, ['{ namespace, name: f({ a, b }) }'])).toBe(
    `  ${before}({\n    namespace,\n    name: f({ a, b }),\n  });`,
  );
  expect(formatCall(2, before, ['{ namespace, name }', 'mergePatch'])).toBe(
    `  ${before}(\n    { namespace, name },\n    mergePatch,\n  );`,
  );
});

test('sorts imports', () => {
  expect(formatImport(['b', 'a', 'b'], 'x')).toBe("import { a, b } from 'x';");
});
