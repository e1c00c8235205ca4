import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFolders } from '../src/create-folders.ts';

function makeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'snoop-folders-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return root;
}

test('creates a folder and its parents, once, with the mode', () => {
  const root = makeRoot();
  expect(createFolders(join(root, 'a', 'b', 'c'), 0o700)).toBe(join(root, 'a'));
  expect(statSync(join(root, 'a', 'b')).mode & 0o777).toBe(0o700);
  expect(createFolders(join(root, 'a', 'b', 'd'))).toBe(join(root, 'a', 'b', 'd'));
  expect(createFolders(join(root, 'a'))).toBeNull();
  symlinkSync(join(root, 'a'), join(root, 'link'));
  expect(createFolders(join(root, 'link'))).toBeNull();
});

test.each([
  ['a file', (root: string) => join(root, 'file'), 'ENOTDIR'],
  ['below a file', (root: string) => join(root, 'file', 'a'), 'ENOTDIR'],
  ['a link to nowhere', (root: string) => join(root, 'astray'), 'ENOTDIR'],
  ['below a link to nowhere', (root: string) => join(root, 'astray', 'a'), 'ENOTDIR'],
])('%s is a system error', (_, name, code) => {
  const root = makeRoot();
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'no', 'where'), join(root, 'astray'));
  expect(() => createFolders(name(root))).toThrow(expect.objectContaining({ code }));
});

test.runIf(process.platform === 'linux')('fails without a wait on a file system that cannot hold folders', () => {
  expect(() => createFolders('/proc/x/y')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
