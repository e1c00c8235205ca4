import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listSegments } from '../src/spool/segment-file.ts';
import { append, makeFolder, open } from './support/spool-folder.ts';

const mib = 1024 * 1024;

test('leaves nothing half-written when its disk is full, and continues when there is space', async ({ skip }) => {
  const folder = await makeFolder();
  const small = join(folder, 'small');
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    skip('a file system of its own cannot be mounted here');
  }
  onTestFinished(() => void execFileSync('umount', ['-l', small], { stdio: 'ignore' }));
  const spool = await open(small);
  await append(spool, randomBytes(300_000));
  const kept = spool.fill.bytes;
  await expect(append(spool, randomBytes(900_000))).rejects.toMatchObject({ code: 'spool_failed' });
  expect(spool.fullReason).toMatch(/ENOSPC/);
  const [segment] = await listSegments(small);
  expect((await stat(segment?.path ?? '')).size).toBe(kept);
  await append(spool, randomBytes(300_000));
  expect(spool.fullReason).toBeNull();
  expect(spool.fill.bodies).toBe(2);
  await spool.close();

  // Whatever fills it: the next program can start, and store what is there.
  await expect(writeFile(join(small, 'other'), randomBytes(mib))).rejects.toMatchObject({ code: 'ENOSPC' });
  expect((await open(small)).fill.bodies).toBe(2);
});

test('respects the heartbeat of a program in another container, and takes over its folder when that stops', async () => {
  const folder = await makeFolder();
  const holder = join(folder, 'holder');
  await writeFile(holder, 'another-host pid:[1]');
  const beat = setInterval(() => void utimes(holder, new Date(), new Date()).catch(() => {}), 200);
  onTestFinished(() => clearInterval(beat));
  await expect(open(folder)).rejects.toMatchObject({
    code: 'spool_taken',
    message: expect.stringMatching(/another container/),
  });
  clearInterval(beat);
  await (await open(folder)).close();
});
