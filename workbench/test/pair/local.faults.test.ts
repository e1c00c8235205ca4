import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { askSession, listProcesses, makeCorner, needProgram, patience, runSnoop } from './support.ts';
import type { Corner } from './support.ts';

async function readServer(corner: Corner): Promise<number> {
  const record: { server: { pid: number } } = JSON.parse(
    await readFile(join(corner.state, 'pair', 'session.json'), 'utf8'),
  );
  return record.server.pid;
}

test('after its server was killed, a session can be started again or ended', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  await runSnoop(['pair', '--local'], corner);
  process.kill(await readServer(corner), 'SIGKILL');
  await vi.waitFor(() => expect(askSession(corner, 'list-panes')).rejects.toThrow('no server'), patience);
  expect(existsSync(join(corner.state, 'pair', 'socket'))).toBe(true);
  const next = await runSnoop(['pair', '--local', '--output', 'json'], corner);
  expect(JSON.parse(next.stdout)).toMatchObject({ started: true });

  process.kill(await readServer(corner), 'SIGKILL');
  await vi.waitFor(() => expect(askSession(corner, 'list-panes')).rejects.toThrow('no server'), patience);
  expect(await runSnoop(['pair', '--end'], corner)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('No shared'),
  });
  expect(existsSync(join(corner.state, 'pair', 'socket'))).toBe(false);
});

test('ends a stopped server', async (context) => {
  needProgram(context, 'tmux');
  const corner = await makeCorner();
  await runSnoop(['pair', '--local'], corner);
  process.kill(await readServer(corner), 'SIGSTOP');
  expect(await runSnoop(['pair', '--end'], corner)).toMatchObject({
    exitCode: 0,
    stderr: 'The shared session has ended.\n',
  });
  await vi.waitFor(() => expect(listProcesses(corner)).toEqual([]), patience);
});
