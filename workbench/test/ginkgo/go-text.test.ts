import { expect, test } from 'vitest';
import {
  commentGo,
  identifierGo,
  quoteBytes,
  quoteFormat,
  quoteGo,
  quoteRaw,
  wrapWords,
} from '../../src/ginkgo/go-text.ts';
import { gofmt } from './gofmt.ts';

const hostile = [
  '"); os.Exit(1) //',
  'a\nfunc init() { panic("x") }\n',
  '`; panic("x"); `',
  '*/ func init() {} /*',
  '\\"; panic("x"); "',
  'nul \u0000, delete \u007f, bell \u0007, escape \u001b[31m',
  'reordered \u202e text \u2066, line \u2028, paragraph \u2029, BOM \ufeff',
  'half of a pair \ud800, whole pair 😀',
  '//go:build ignore',
];

test.each(hostile)('%j stays in its literal or comment', (text) => {
  const literals = [quoteGo(text), quoteRaw(text), quoteFormat(text), quoteBytes(Buffer.from(text))];
  const values = literals.map((literal) => `const _ = ${literal}\n`).join('\n');
  const source = `package a\n\n// ${commentGo(text)}\n\n/*\n\tTestname: ${commentGo(text)}\n*/\n\n${values}`;
  expect(gofmt(source) ?? source).toBe(source);
  expect(source).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
});

test.each([
  ['a "b" \\ c', String.raw`"a \"b\" \\ c"`],
  ['é 😀', '"é 😀"'],
  ['\u202e', String.raw`"\u202e"`],
  ['\ud800', String.raw`"\ufffd"`],
  ['\u{e0001}', String.raw`"\U000e0001"`],
])('quotes %j as %s', (text, literal) => expect(quoteGo(text)).toBe(literal));

test('quotes bytes that are not UTF-8', () => {
  expect(quoteBytes(Buffer.from([0x66, 0xff, 0x00]))).toBe(String.raw`"\x66\xff\x00"`);
});

test('formats are quoted with their percent signs', () => expect(quoteFormat('100%')).toBe('"100%%"'));

test.each([
  ['ConfigMap', 'configMap'],
  ['CSIDriver', 'csiDriver'],
  ['API', 'api'],
  ['my-widgets.x', 'myWidgetsX'],
  ['7 days', 'x7Days'],
  ['', 'x'],
])('%j becomes the identifier %s', (text, name) => expect(identifierGo(text)).toBe(name));

test('wraps words', () => expect(wrapWords('one two three', 8)).toEqual(['one two', 'three']));
