import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveStateFolder } from '../../src/control-plane/state-folder.ts';
import { makeFolder } from '../support/folder.ts';

test('the flag beats the environment, which beats the nearest .snoop, which beats the project', async () => {
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
