import { expect, test } from 'vitest';
import { parseStep } from '../../src/kind/create.ts';
import { chooseNodeImage } from '../../src/kind/node-image.ts';
import { formatSnoopDbUrl, parsePassword } from '../../src/kind/snoopdb-address.ts';

test('escapes any password in a password file', () => {
  expect(parsePassword('*:*:*:apisnoop:secret\n')).toBe('secret');
  expect(parsePassword(String.raw`*:*:*:apisnoop:a\:b\\c`)).toBe(String.raw`a:b\c`);
  expect(parsePassword('')).toBeNull();
  expect(parsePassword('*:*:*:apisnoop:\n')).toBeNull();
});

test('a password survives a URL', () => {
  const password = String.raw`a:b\c/d@e?f`;
  const url = new URL(formatSnoopDbUrl(password, 5432));
  expect(decodeURIComponent(url.password)).toBe(password);
  expect(`${url.host}${url.pathname}`).toBe('127.0.0.1:5432/apisnoop');
});

test('describes what kind is doing', () => {
  expect(parseStep(' • Ensuring node image (node:made-here) 🖼  ...')).toBe('Ensuring node image');
  expect(parseStep(' • Joining worker nodes 🚜  ...')).toBe('Joining worker nodes');
  expect(parseStep(' ✓ Joining worker nodes 🚜')).toBeNull();
  expect(parseStep('Set kubectl context to "kind-snoop"')).toBeNull();
});

test('the node image: the flag, else the environment, else kind’s for the release', () => {
  const none = { image: undefined, release: undefined, fromEnvironment: null };
  expect(chooseNodeImage(none)).toBe('kindest/node:v1.37.0');
  expect(chooseNodeImage({ ...none, release: '1.35.0' })).toBe('kindest/node:v1.35.0');
  expect(chooseNodeImage({ ...none, release: '1.35.0', fromEnvironment: 'mine:1' })).toBe('mine:1');
  expect(chooseNodeImage({ image: 'this:1', release: undefined, fromEnvironment: 'mine:1' })).toBe('this:1');
});
