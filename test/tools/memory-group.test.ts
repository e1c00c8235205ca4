import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeMemoryGroup, noMemoryGroup } from './memory-group.ts';

test('a group ends only a process whose buffers exceed it', async ({ skip }) => {
  const group = await makeMemoryGroup(96);
  if (group === null) return skip(noMemoryGroup);
  const run = async (mebibytes: number): Promise<unknown[]> => {
    const script = `Buffer.alloc(${mebibytes} * 1024 * 1024, 1)`;
    // The limit of V8's heap lets all of it pass: buffers lie outside.
    const [program, ...args] = group.wrap([process.execPath, '--max-old-space-size=64', '-e', script]);
    return once(spawn(program, args, { stdio: 'ignore' }), 'close');
  };
  try {
    expect(await run(8)).toEqual([0, null]);
    expect(await group.countKills()).toBe(0);
    expect(await run(256)).toEqual([null, 'SIGKILL']);
    expect(await group.countKills()).toBe(1);
  } finally {
    await group.remove();
  }
});
