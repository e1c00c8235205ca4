import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError, SnoopDbError } from '../errors.ts';
import { createFolders } from '../create-folders.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './process-identity.ts';
import { writeFileAtomically } from './atomic-file.ts';

const lockFile = /^lock\.(\d+)$/;
/** The lock file and its drafts. */
const anyLockFile = /^lock\.\d+(\.|$)/;
const pollMs = 25;

/** The process that holds a lock, and its purpose. */
export interface LockHolder extends ProcessIdentity {
  readonly purpose: string;
}

export interface LockOptions {
  /** Shown to users who have to wait, for example `snoop up`. */
  readonly purpose: string;
  /** Called once if another process or call holds the lock. */
  readonly onWait?: (holder: LockHolder) => void;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long to wait for a living holder, in milliseconds; no limit by default. */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` while no other process, and no other call in this process, does so for the same folder.
 *
 * The lock is the file `lock.<n>` with the highest number. The lock of a dead holder is not removed first: of two processes
 * that find it, the slower would remove the new lock of the faster. Instead a process creates the next number with a hard
 * link, which only one can do. If it then sees a higher number, it was too late and tries again.
 *
 * @throws SnoopDbError `folder_locked` if a living process holds the lock for longer than `timeoutMs`
 */
export async function withLock<T>(folder: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const taken = await acquireLock(folder, options);
  try {
    return await work();
  } finally {
    releaseLock(taken);
  }
}

/** Whether a file belongs to the lock of its folder: keep these files when you empty a locked folder. */
export function isLockFile(name: string): boolean {
  return anyLockFile.test(name);
}

async function acquireLock(folder: string, { purpose, onWait, signal, timeoutMs }: LockOptions): Promise<string> {
  const since = performance.now();
  let waited = false;
  for (;;) {
    signal?.throwIfAborted();
    createFolders(folder);
    const newest = Math.max(0, ...(await listNumbers(folder)));
    const holder = newest === 0 ? null : await readHolder(join(folder, `lock.${newest}`));
    if (holder === null || !isAlive(holder)) {
      const taken = await tryAcquireLock(folder, newest + 1, purpose);
      if (taken !== null) return taken;
    } else if (timeoutMs !== undefined && performance.now() - since > timeoutMs) {
      throw new SnoopDbError(
        'folder_locked',
        `'${holder.purpose}' (process ${holder.pid}) has locked ${folder} for ${timeoutMs / 1000} s. Wait for that process or end it, then try again.`,
      );
    } else if (!waited) {
      waited = true;
      onWait?.(holder);
    }
    await wait(pollMs, undefined, signal ? { signal } : undefined).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    });
  }
}

async function tryAcquireLock(folder: string, number: number, purpose: string): Promise<string | null> {
  const file = join(folder, `lock.${number}`);
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, JSON.stringify({ ...thisProcess(), purpose } satisfies LockHolder), {
      flag: 'wx',
      mode: 0o600,
    });
    // A link appears with its whole content; a file could be read between its creation and the write.
    await link(draft, file);
  } catch (error) {
    if (isSystemError(error, 'EEXIST') || isSystemError(error, 'ENOENT')) return null;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const numbers = await listNumbers(folder);
  if (numbers.some((other) => other > number)) {
    await rm(file, { force: true });
    return null;
  }
  for (const other of numbers) if (other < number) await rm(join(folder, `lock.${other}`), { force: true });
  return file;
}

/** Marks the lock as free. The file stays, so that numbers only grow while other processes read them. */
function releaseLock(file: string): void {
  // The work may have been to remove the folder.
  if (!existsSync(file)) return;
  try {
    writeFileAtomically(file, 'null');
  } catch (error) {
    // Or another process is removing it.
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

async function listNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => lockFile.exec(name)?.[1] ?? []).map(Number);
}

async function readHolder(file: string): Promise<LockHolder | null> {
  try {
    const holder: LockHolder | null = JSON.parse(await readFile(file, 'utf8'));
    return holder;
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return null;
    throw error;
  }
}
