import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { stopControlPlane } from '../../src/control-plane/stop.ts';
import { silentProgress } from '../../src/progress.ts';
import { createStateFolder } from '../../src/state-folder.ts';
import { makeFolder } from '../support/folder.ts';

test('purge removes all of a state, also compiled tests and partial files, and nothing else', async () => {
  const folder = join(await makeFolder(), 'state');
  const files = ['state.json.4194305.draft', 'lock.7.draft', 'cache/vitest/results.json', 'runs/one/run.json', 'notes'];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), 'null');
  }
  const purge = () =>
    stopControlPlane({ folder, purge: true, progress: silentProgress, signal: new AbortController().signal });
  expect(await purge()).toEqual({ ran: false, purged: true });
  expect(readdirSync(folder)).toEqual(['notes']);
  rmSync(join(folder, 'notes'));
  expect(await purge()).toEqual({ ran: false, purged: false });
  expect(existsSync(folder)).toBe(false);
});

test('purge keeps a folder that is not a state folder, whatever its files are called', async () => {
  const folder = await makeFolder();
  for (const name of ['logs', 'etcd', 'runs']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'logs', 'precious.log'), 'x');
  const options = { folder, purge: true, progress: silentProgress, signal: new AbortController().signal };
  await expect(stopControlPlane(options)).rejects.toThrow('is not a state folder of snoop; nothing was removed');
  expect(existsSync(join(folder, 'logs', 'precious.log'))).toBe(true);
});

test('purge keeps the state.json of another program', async () => {
  const folder = await makeFolder();
  writeFileSync(join(folder, 'state.json'), '{"version": 4, "terraform_version": "1.9.0"}');
  const options = { folder, purge: true, progress: silentProgress, signal: new AbortController().signal };
  await expect(stopControlPlane(options)).rejects.toThrow('is not a state folder of snoop; nothing was removed');
  expect(existsSync(join(folder, 'state.json'))).toBe(true);
});

test("purge removes its .gitignore, but not a user's", async () => {
  const folder = join(await makeFolder(), '.snoop');
  createStateFolder(folder);
  writeFileSync(join(folder, 'state.json'), 'null');
  const options = { folder, purge: true, progress: silentProgress, signal: new AbortController().signal };
  expect(await stopControlPlane(options)).toEqual({ ran: false, purged: true });
  expect(existsSync(folder)).toBe(false);
  mkdirSync(folder);
  for (const name of ['.gitignore', 'state.json']) writeFileSync(join(folder, name), 'null');
  await stopControlPlane(options);
  expect(readdirSync(folder)).toEqual(['.gitignore']);
});
