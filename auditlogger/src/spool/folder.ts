import { open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError, makeFolders } from '@snoop/snoopdb';

const reserveBytes = 64 * 1024;

/** Makes a folder, and sees to it that it is still there after a loss of power. */
export async function makeFolder(folder: string): Promise<void> {
  // Bodies tell what everybody does in a cluster.
  const first = makeFolders(folder, 0o700);
  if (first === null) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Makes sure that the folder's list of files is on disk: a file that was made or removed would come back otherwise. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Does what needs a little room in a folder whose disk may be full: a program that cannot start cannot store what fills
 * the disk either. So a small file lies there that can go.
 */
export async function withReserve<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const reserve = join(folder, 'reserve');
  const done = await work().catch(async (error: unknown) => {
    if (!isSystemError(error, 'ENOSPC')) throw error;
    await rm(reserve, { force: true });
    return work();
  });
  await writeFile(reserve, Buffer.alloc(reserveBytes, 1), { mode: 0o600 }).catch(() => {});
  return done;
}
