import { open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError, createFolders } from '@snoop/snoopdb';

const reserveBytes = 64 * 1024;

/** Creates a folder durably: it survives a power loss. */
export async function makeFolder(folder: string): Promise<void> {
  // Bodies reveal what users do in a cluster, hence 0700.
  const first = createFolders(folder, 0o700);
  if (first === null) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Syncs a folder, so that created and removed files stay so after a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Runs work that needs a little space on a disk that may be full, by removing a small reserve file: a program that cannot
 * start could not store the bodies that fill the disk.
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
