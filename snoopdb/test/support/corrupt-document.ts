import type { Random } from './random.ts';

/** A corrupted document, and what is wrong with it. */
export type CorruptDocument = { readonly how: string; readonly bytes: Buffer };

type Path = (string | number)[];

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

const wrongValues: readonly [string, () => unknown][] = [
  ['null', () => null],
  ['a number', () => 1e308],
  ['a negative number', () => -1],
  ['a flag', () => true],
  ['an empty text', () => ''],
  ['blanks', () => ' \t '],
  ['an object', () => ({ toString: null, constructor: 1 })],
  ['an empty list', () => []],
  ['a list of lists', () => [[[]]]],
  ['a NUL', () => 'a\0b'],
  ['half a surrogate', () => 'a\ud800b'],
  ['a huge text', () => 'x'.repeat(100_000)],
  ['a very huge text', () => 'y'.repeat(2_000_000)],
  ['quotes', () => `'"; drop table public.open_api; --`],
  ['__proto__', () => JSON.parse('{"__proto__": {"endpoint": "x"}}')],
  ['many nulls', () => Array.from({ length: 1000 }, () => null)],
];

/** Breaks a JSON document in one of many ways. */
export function corruptJson(document: unknown, random: Random): CorruptDocument {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const copy: unknown = structuredClone(document);
  const text = (): string => JSON.stringify(copy);
  const ways: (() => CorruptDocument)[] = [
    () => ({ how: 'cut', bytes: Buffer.from(text().slice(0, Math.floor(random() * text().length))) }),
    () => {
      const bytes = Buffer.from(text());
      const at = Math.floor(random() * bytes.length);
      bytes[at] = Math.floor(random() * 256);
      return { how: `byte ${at} is ${bytes[at]}`, bytes };
    },
    () => ({
      how: 'deep',
      bytes: Buffer.from(pick([deep(200_000), `{"paths":${deep(50_000)}}`, `[${deep(100_000)}]`])),
    }),
    () => {
      const before = text();
      const key = /"([a-z_A-Z]+)":/.exec(before.slice(Math.floor(random() * before.length)))?.[1] ?? 'endpoint';
      return { how: `${key} twice`, bytes: Buffer.from(before.replaceAll(`"${key}":`, `"${key}":null,"${key}":`)) };
    },
    () => ({
      how: 'another kind',
      bytes: Buffer.from(
        pick(['', '0', '"x"', 'null', '{}', '[]', '\0', '{"paths":{}}', '[null]', '<html>', '\ufeff[]', 'NaN']),
      ),
    }),
    () => ({ how: 'random bytes', bytes: Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256))) }),
    ...Array.from({ length: 8 }, () => () => {
      const path = pick(listPaths(copy));
      const [what, make] = pick(wrongValues);
      setAt(copy, path, make());
      return { how: `${path.join('.')} is ${what}`, bytes: Buffer.from(text()) };
    }),
    ...Array.from({ length: 2 }, () => () => {
      const [one, other] = [pick(listPaths(copy)), pick(listPaths(copy))];
      const [left, right] = [getAt(copy, one), getAt(copy, other)].map((value) => structuredClone(value));
      setAt(copy, one, right);
      if (one.join() !== other.join() && !isWithin(one, other) && !isWithin(other, one)) setAt(copy, other, left);
      return { how: `${one.join('.')} and ${other.join('.')} are swapped`, bytes: Buffer.from(text()) };
    }),
    () => {
      const path = pick(listPaths(copy).filter((one) => typeof one.at(-1) === 'number'));
      const parent = getAt(copy, path.slice(0, -1));
      if (Array.isArray(parent)) parent.push(structuredClone(getAt(copy, path)));
      return { how: `${path.join('.')} occurs twice`, bytes: Buffer.from(text()) };
    },
  ];
  return pick(ways)();
}

/** Breaks a YAML list in ways that only YAML knows. */
export function corruptYaml(text: string, random: Random): CorruptDocument {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const lines = text.split('\n');
  const at = Math.floor(random() * lines.length);
  const insert = (line: string): string => lines.toSpliced(at, 0, line).join('\n');
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`),
  ].join('\n');
  const ways: [string, () => string][] = [
    ['cut', () => text.slice(0, Math.floor(random() * text.length))],
    ['a bomb of aliases', () => bomb],
    ['a list of aliases', () => `- &a ${'z'.repeat(10_000)}\n${'- *a\n'.repeat(10_000)}`],
    ['merge keys', () => `- &a {endpoint: x, codename: x, version: 1.1}\n- {<<: *a}\n`],
    ['a tag', () => insert(`- ${pick(['!!js/function', '!!binary', '!!python/object', '!x', '!!set', '!<tag:x>'])} x`)],
    ['an alias of nothing', () => insert('- *nothing')],
    ['a tab', () => insert('\t- x')],
    ['two documents', () => `${text}\n---\n${text}`],
    ['a repeated key', () => `${text}\n- endpoint: a\n  endpoint: b\n`],
    ['wrong indentation', () => lines.map((line, n) => (n === at ? `   ${line}` : line)).join('\n')],
    ['a line out', () => lines.toSpliced(at, 1).join('\n')],
    ['a quote', () => insert('- "x')],
    ['a directive', () => `%YAML 9.9\n---\n${text}`],
    ['a NUL', () => `${text.slice(0, at)}\0${text.slice(at)}`],
    ['deep', () => `${'- '.repeat(5000)}x`],
    ['flow', () => '[[[[{a: [}]'],
    ['a scalar', () => pick(['x', '1', '|\n  x', '"', "'", '{', '- - -', '? x', ': x'])],
    ['entries of another kind', () => insert(pick(['- 1', '- [x]', '- {a: {b: c}}', '-', '- ~', '- ? x']))],
    ['half a surrogate', () => insert('- "\\ud800"')],
    ['a long name', () => insert(`- ${'n'.repeat(5000)}`)],
    ['control characters', () => insert('- a\u0007b')],
  ];
  const [how, make] = pick(ways);
  return { how, bytes: Buffer.from(make()) };
}

function listPaths(value: unknown, path: Path = [], found: Path[] = []): Path[] {
  if (path.length > 0) found.push(path);
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, child] of Object.entries(value)) {
    listPaths(child, [...path, Array.isArray(value) ? Number(key) : key], found);
  }
  return found;
}

function getAt(value: unknown, path: Path): unknown {
  return path.reduce((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value);
}

function setAt(value: unknown, path: Path, wanted: unknown): void {
  const parent = getAt(value, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.set(parent, key, wanted);
}

function isWithin(inner: Path, outer: Path): boolean {
  return outer.every((key, index) => inner[index] === key);
}
