import { expect, test } from 'vitest';
import { readYaml } from '../../src/lint/yaml-node.ts';

function read(source: string, firstLine?: number) {
  const reported: unknown[] = [];
  const documents = readYaml(source, (_severity, _rule, line) => void reported.push(line), firstLine);
  return { documents: documents ?? [], reported };
}

test('lines of YAML', () => {
  const [first, second] = read('a: 1\nb:\n- x\n- {y: 2,\n   "z": 3}\nc: |\n  text\n---\nd:\n  e: f\n').documents;
  const list = first?.get('b');
  expect(list?.items().map(({ line }) => line)).toEqual([3, 4]);
  expect(
    list
      ?.items()[1]
      ?.entries()
      .map(({ key, line }) => [key, line]),
  ).toEqual([
    ['y', 4],
    ['z', 5],
  ]);
  expect([first?.get('c')?.line, second?.get('d')?.get('e')?.line]).toEqual([7, 10]);
});

test('columns, also after Windows line ends', () => {
  const [document] = read('- a: 1\r\n  bc: "x y"\r\n- [d,  e]\r\n').documents;
  const [first, second] = document?.items() ?? [];
  expect(first?.entries().map(({ key, line, column, node }) => [key, line, column, node.column])).toEqual([
    ['a', 1, 3, 6],
    ['bc', 2, 3, 8],
  ]);
  expect(second?.items().map(({ line, column }) => [line, column])).toEqual([
    [3, 4],
    [3, 8],
  ]);
});

test('lines of anchors and merge keys are those of their definition, else of their use', () => {
  const [document] = read('a: &a\n  b: {c: 1}\nd: *a\ne:\n  <<: *a\n  "f\\t": 2\n').documents;
  expect(document?.get('d')?.get('b')?.line).toBe(2);
  expect(document?.get('e')?.get('b')?.get('c')?.line).toBe(2);
  expect(
    document
      ?.get('e')
      ?.entries()
      .map(({ key, line }) => [key, line]),
  ).toEqual([
    ['b', 5],
    ['f\t', 6],
  ]);
});

test('a text that starts further down has the lines of its file', () => {
  expect(read('a:\n  b: 1\n', 10).documents[0]?.get('a')?.get('b')?.line).toBe(11);
  expect(read('a: [\n', 10).reported).toEqual([11]);
});

test('reports invalid YAML, or an alias inside its anchor, once', () => {
  expect(read('a: 1\na: 2\n').reported).toEqual([2]);
  expect(read('a:\n  b: &b [1, *b]\n').reported).toEqual([2]);
  expect(read('a:\n  b: &b { <<: { c: *b } }\n').reported).toEqual([2]);
});
