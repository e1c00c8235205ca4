import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../src/control-plane/lock.ts';
import { identifyProcess, isAlive, thisProcess } from '../../src/control-plane/process-identity.ts';
import { makeFolder } from '../support/folder.ts';

test('only one at a time', async () => {
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

test('a dead holder is taken over, also when its number belongs to somebody else by now', async () => {
  const folder = await makeFolder();
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  const dead = identifyProcess(child.pid ?? 0);
  await once(child, 'exit');
  const holders = [dead, { ...thisProcess(), start: 'another start' }, 'half a fi'];
  for (const holder of holders) {
    writeFileSync(
      join(folder, 'lock.5'),
      typeof holder === 'string' ? holder : JSON.stringify({ ...holder, purpose: 'snoop up' }),
    );
    await expect(withLock(folder, { purpose: 'snoop down' }, async () => 'mine')).resolves.toBe('mine');
  }
});

test('whoever waits is told for whom, and the wait ends with the reason of its signal', async () => {
  const folder = await makeFolder();
  const interrupt = new AbortController();
  const onWait = ({ pid, purpose }: { pid: number; purpose: string }): void =>
    interrupt.abort(new Error(`tired of '${purpose}' of ${pid}`));
  await withLock(folder, { purpose: 'snoop up' }, async () => {
    const waiting = withLock(folder, { purpose: 'snoop down', onWait, signal: interrupt.signal }, async () => {});
    await expect(waiting).rejects.toThrow(`tired of 'snoop up' of ${process.pid}`);
  });
});

test('a process is known by its number and its start', async () => {
  const me = thisProcess();
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, start: 'another start' })).toBe(false);
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  const identity = identifyProcess(child.pid ?? 0);
  if (!identity) throw new Error('the child was not seen');
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
});
