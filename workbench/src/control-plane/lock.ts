import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive, thisProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isFileError, writeWholeFile } from './whole-file.ts';

export const lockFileName = /^lock\.(\d+)(\..*)?$/;
const pollMs = 50;

/** Who holds a lock, and what for. */
export interface LockHolder extends ProcessIdentity {
  readonly purpose: string;
}

export interface LockOptions {
  /** What for, for the people who have to wait: `snoop up`. */
  readonly purpose: string;
  /** Called once, when somebody else holds it. */
  readonly onWait?: (holder: LockHolder) => void;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` while no other process does so for the same folder.
 *
 * The lock is the file `lock.<n>` with the highest number. It is not removed to be taken over: of two processes that find
 * the same dead holder, the slower one would remove the faster one's new lock. Instead the next number is taken with a hard
 * link, which only one can make; who then sees a still higher number came too late and tries again.
 */
export async function withLock<T>(folder: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lockFile = await take(folder, options);
  try {
    return await work();
  } finally {
    giveBack(lockFile);
  }
}

async function take(folder: string, { purpose, onWait, signal }: LockOptions): Promise<string> {
  let waited = false;
  for (;;) {
    signal?.throwIfAborted();
    await mkdir(folder, { recursive: true });
    const newest = Math.max(0, ...(await listNumbers(folder)));
    const holder = newest === 0 ? null : await readHolder(join(folder, `lock.${newest}`));
    if (holder === null || !isAlive(holder)) {
      const taken = await tryTake(folder, newest + 1, purpose);
      if (taken !== null) return taken;
    } else if (!waited) {
      waited = true;
      onWait?.(holder);
    }
    await wait(pollMs, undefined, signal ? { signal } : undefined).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    });
  }
}

async function tryTake(folder: string, number: number, purpose: string): Promise<string | null> {
  const lockFile = join(folder, `lock.${number}`);
  const draft = `${lockFile}.${randomUUID()}`;
  try {
    await writeFile(draft, JSON.stringify({ ...thisProcess(), purpose } satisfies LockHolder), { flag: 'wx' });
    // A link appears with its whole content; a file that is created and then written could be read half-way.
    await link(draft, lockFile);
  } catch (error) {
    if (isFileError(error, 'EEXIST') || isFileError(error, 'ENOENT')) return null;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const numbers = await listNumbers(folder);
  if (numbers.some((other) => other > number)) {
    await rm(lockFile, { force: true });
    return null;
  }
  for (const other of numbers) if (other < number) await rm(join(folder, `lock.${other}`), { force: true });
  return lockFile;
}

/** Marks it as nobody's. It stays, so that numbers only grow while anybody looks at them. */
function giveBack(lockFile: string): void {
  // The very work that the lock was held for may have been to remove the folder's files, this one last.
  if (!existsSync(lockFile)) return;
  writeWholeFile(lockFile, 'null');
}

async function listNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const found = lockFileName.exec(name);
    return found?.[1] !== undefined && found[2] === undefined ? [Number(found[1])] : [];
  });
}

async function readHolder(lockFile: string): Promise<LockHolder | null> {
  try {
    const holder: LockHolder | null = JSON.parse(await readFile(lockFile, 'utf8'));
    return holder;
  } catch (error) {
    if (isFileError(error, 'ENOENT') || error instanceof SyntaxError) return null;
    throw error;
  }
}
