import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  endProcess,
  identifyProcess,
  isAlive,
  listOrphans,
  type ProcessIdentity,
  thisProcess,
} from '../../src/index.ts';

/** A program that runs until it is ended; `script` runs before it says that it is there. */
async function startProgram(script: string, options: { detached?: boolean } = {}) {
  const child = spawn(process.execPath, ['-e', `${script};console.log(process.pid);setInterval(()=>{},1e6)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, identity: identify(child.pid), said: String(said) };
}

function identify(pid = 0): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (!identity) throw new Error(`there is no process ${pid}`);
  return identity;
}

test('a process is identified by its pid and start time', async () => {
  const me = thisProcess();
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, start: 'another start' })).toBe(false);
  const { child, identity } = await startProgram('');
  expect(isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
});

test('signals a process, and kills it if it does not end, but never another process with its pid', async () => {
  const { child, identity } = await startProgram(`process.on('SIGTERM', () => {})`);
  await endProcess({ ...identity, start: 'another start' }, 50);
  expect(isAlive(identity)).toBe(true);
  const ended = once(child, 'exit');
  await endProcess(identity, 50);
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('finds the children of a dead group leader by their group and a mark in their command line', async () => {
  const orphan = `require('node:child_process').spawn(process.execPath,
    ['-e', 'console.log(process.pid);setInterval(()=>{},1e6)', 'a-mark'], { stdio: 'inherit' })`;
  const { child, identity, said } = await startProgram(`const left = ${orphan};console.log(left.pid)`, {
    detached: true,
  });
  const left = identify(Number(said.split('\n')[0]));
  onTestFinished(() => endProcess(left, 1000, 'SIGKILL'));
  expect(listOrphans(identity, ['a-mark'])).toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(listOrphans(identity, ['another-mark'])).toEqual([]);
  expect(listOrphans(identity, ['another-mark', 'a-mark'])).toEqual([left]);
});
