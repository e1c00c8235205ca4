import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identifyProcess, isLockFile, thisProcess, withLock } from '../../src/index.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lock-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('one process holds the lock at a time', async () => {
  const folder = await makeFolder();
  let [inside, most] = [0, 0];
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(folder, { purpose: 'snoop up' }, work)));
  expect(most).toBe(1);
});

test('takes over the lock of a dead holder, even if another process has its pid', async () => {
  const folder = await makeFolder();
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  const dead = identifyProcess(child.pid ?? 0);
  await once(child, 'exit');
  const holders = [dead, { ...thisProcess(), start: 'another start' }, 'half a fi'];
  for (const holder of holders) {
    const text = typeof holder === 'string' ? holder : JSON.stringify({ ...holder, purpose: 'snoop up' });
    await writeFile(join(folder, 'lock.5'), text);
    await expect(withLock(folder, { purpose: 'snoop down' }, async () => 'mine')).resolves.toBe('mine');
  }
});

test('a waiting process sees the holder, and stops with the reason of its signal', async () => {
  const folder = await makeFolder();
  const interrupt = new AbortController();
  const onWait = ({ pid, purpose }: { pid: number; purpose: string }): void =>
    interrupt.abort(new Error(`tired of '${purpose}' of ${pid}`));
  await withLock(folder, { purpose: 'snoop up' }, async () => {
    const waiting = withLock(folder, { purpose: 'snoop down', onWait, signal: interrupt.signal }, async () => {});
    await expect(waiting).rejects.toThrow(`tired of 'snoop up' of ${process.pid}`);
  });
});

test('the wait for a living holder ends with an error that names it', async () => {
  const folder = await makeFolder();
  await withLock(folder, { purpose: 'snoop up' }, async () => {
    await expect(withLock(folder, { purpose: 'snoop down', timeoutMs: 50 }, async () => {})).rejects.toMatchObject({
      code: 'folder_locked',
      message: `'snoop up' (process ${process.pid}) has locked ${folder} for 0.05 s. Wait for that process or end it, then try again.`,
    });
  });
});

test('the holder may empty the folder, or remove it', async () => {
  const folder = await makeFolder();
  await withLock(folder, { purpose: 'snoop down' }, async () => {
    const names = await readdir(folder);
    expect(names.filter(isLockFile)).toEqual(names);
    for (const name of names) await rm(join(folder, name));
  });
  expect(await readdir(folder)).toEqual([]);
  await withLock(folder, { purpose: 'snoop down' }, () => rm(folder, { recursive: true }));
  expect(existsSync(folder)).toBe(false);
});
