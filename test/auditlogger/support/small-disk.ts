import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** A file system of its own with little room, in memory. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills it up, but for so many bytes. */
  fill(leaveBytes: number): Promise<void>;
  /** Takes away what {@link fill} put there, and makes it larger. */
  makeRoom(bytes: number): Promise<void>;
}

/** Gone with the test. @returns null where this user may not mount one */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-small-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
  onTestFinished(async () => {
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true });
  });
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async fill(leaveBytes) {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    },
    async makeRoom(room) {
      await truncate(ballast, 0).catch(() => {
        // It was never filled by us.
      });
      await run('mount', ['-o', `remount,size=${room}`, folder]);
    },
  };
}

/** Gives a folder to the system user whom another one belongs to, and makes the way to it passable. */
export async function giveToOwnerOf(folder: string, other: string): Promise<void> {
  const { uid, gid } = await stat(other);
  await chown(folder, uid, gid);
  await chmod(folder, 0o700);
}

export const skippedWord = 'a small tmpfs cannot be mounted by this user';

export function ofMebibytes(count: number): number {
  return count * mebibyte;
}
