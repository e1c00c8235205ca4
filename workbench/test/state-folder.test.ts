import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createStateFolder, resolveStateFolder } from '../src/state-folder.ts';
import { makeFolder } from './support/folder.ts';

test('the flag wins over the environment, then the nearest .snoop, then the project', async () => {
  const root = await makeFolder();
  const deep = join(root, 'project', 'package', 'src');
  mkdirSync(deep, { recursive: true });
  const resolve = (choice: { state?: string; stateFolder?: string } = {}): string =>
    resolveStateFolder({ state: choice.state, stateFolder: choice.stateFolder ?? null, cwd: deep });

  expect(resolve({ state: '../mine', stateFolder: '/env' })).toBe(join(root, 'project', 'package', 'mine'));
  expect(resolve({ stateFolder: '/env' })).toBe('/env');
  writeFileSync(join(root, 'project', 'package', 'package.json'), '{}');
  expect(resolve()).toBe(join(root, 'project', 'package', '.snoop'));
  writeFileSync(join(root, 'project', 'pnpm-workspace.yaml'), '');
  expect(resolve()).toBe(join(root, 'project', '.snoop'));
  mkdirSync(join(root, 'project', 'package', '.snoop'));
  expect(resolve()).toBe(join(root, 'project', 'package', '.snoop'));
});

test('inside node_modules, the state belongs to the project around it', async () => {
  const root = await makeFolder();
  const deep = join(root, 'node_modules', '@snoop', 'workbench', 'examples');
  mkdirSync(deep, { recursive: true });
  for (const folder of [root, join(root, 'node_modules', '@snoop', 'workbench')])
    writeFileSync(join(folder, 'package.json'), '{}');
  const choice = { state: undefined, stateFolder: null, cwd: deep };
  expect(resolveStateFolder(choice)).toBe(join(root, '.snoop'));
});

describe('git ignores the state', () => {
  const offered = (repository: string): string[] =>
    execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { cwd: repository, encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(3))
      .sort();

  const writeState = (folder: string): void => {
    for (const file of ['state.json', 'kubeconfig', 'certs/tokens.csv', 'snoopdb/data/PG_VERSION', 'lock.3']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'x');
    }
  };

  test.each([
    ['that is created', '.snoop', () => {}],
    ['that was created by an earlier version', '.snoop', writeState],
    ['of another name that is created', 'state', () => {}],
    ['of another name, and empty', 'state', (folder: string) => void mkdirSync(folder)],
    ['of another name, created by an earlier version', 'state', writeState],
  ])('in a folder %s', async (_, name, before) => {
    const repository = await makeFolder();
    execFileSync('git', ['init', '--quiet'], { cwd: repository });
    const folder = join(repository, name);
    before(folder);
    createStateFolder(folder);
    createStateFolder(folder);
    writeState(folder);
    expect(offered(repository)).toEqual([]);
  });

  test.each(['.', 'docs'])("but nothing of a repository's own, in its folder %s", async (name) => {
    const repository = await makeFolder();
    execFileSync('git', ['init', '--quiet'], { cwd: repository });
    const folder = join(repository, name);
    mkdirSync(join(folder, 'pages'), { recursive: true });
    for (const file of ['index.md', 'pages/one.md']) writeFileSync(join(folder, file), 'x');
    createStateFolder(folder);
    writeState(folder);
    expect(offered(repository)).toEqual(['index.md', 'pages/one.md'].map((file) => join(name, file)).sort());
  });

  test('as an existing .gitignore says', async () => {
    const folder = await makeFolder();
    writeFileSync(join(folder, '.gitignore'), 'mine\n');
    createStateFolder(folder);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine\n');
  });
});

describe('refuses a state folder that is', () => {
  const fail = (state: string): unknown => {
    try {
      createStateFolder(resolveStateFolder({ state, stateFolder: null, cwd: '/' }));
    } catch (error) {
      return error;
    }
    return null;
  };

  test.each<[string, (root: string) => string, string, number]>([
    ['a file', (root) => join(root, 'file'), 'used: it is a file', 2],
    ['below a file', (root) => join(root, 'file', 'x'), 'read: a part of its path is not a folder', 2],
    ['a loop of links', (root) => join(root, 'circle'), 'read: its symbolic links form a loop', 2],
    ['a long name', (root) => join(root, 'x'.repeat(300)), 'read: the name is too long', 2],
    ['in a file system without folders', () => '/proc/x', 'written: it does not exist', 3],
    ['a broken link', (root) => join(root, 'astray'), 'written: a part of its path is not a folder', 3],
  ])('%s', async (_, name, why, exitCode) => {
    const root = await makeFolder();
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'circle'), join(root, 'circle'));
    symlinkSync(join(root, 'no', 'where'), join(root, 'astray'));
    const folder = name(root);
    expect(fail(folder)).toMatchObject({
      code: 'bad_state_folder',
      exitCode,
      message: `The state folder ${folder} cannot be ${why}.`,
      advice: ['Use another folder: --state DIR or SNOOP_STATE.'],
    });
  });
});
