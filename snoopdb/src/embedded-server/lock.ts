import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SnoopDbError } from '../errors.ts';
import { isAlive, thisProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const lockName = /^lock\.(\d+)$/;
const pollMs = 25;
/** Longer than a first start on a slow machine with a copy of PostgreSQL's programs. */
const patienceMs = 180_000;

/** What a lock file says: who holds it, or that it was given back. */
type Holder = ProcessIdentity | 'free';

/**
 * Runs `work` while no other process (and no other call in this one) does so for the same folder.
 *
 * A lock file is never removed to be taken over, for two processes that find the same dead holder could then both win.
 * The file with the highest number is the lock; when its holder is dead or has given it back, the next number is taken
 * with a link, which only one can make. Who finds a still higher number after that has come too late and tries again.
 *
 * @throws SnoopDbError `server_failed` when a living process holds the lock for longer than three minutes
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lockFile = await take(folder);
  try {
    return await work();
  } finally {
    await giveBack(lockFile);
  }
}

async function take(folder: string): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    await mkdir(folder, { recursive: true });
    const newest = Math.max(0, ...(await listNumbers(folder)));
    const holder = newest === 0 ? 'free' : await readHolder(join(folder, `lock.${newest}`));
    if (holder === 'free' || !isAlive(holder)) {
      const taken = await tryTake(folder, newest + 1);
      if (taken !== null) return taken;
    } else if (performance.now() > deadline) {
      throw new SnoopDbError(
        'server_failed',
        `Process ${holder.pid} has been starting or stopping the database in ${folder} for ${patienceMs / 1000} s. Wait for it, or end it, and try again.`,
      );
    }
    await wait(pollMs);
  }
}

async function tryTake(folder: string, number: number): Promise<string | null> {
  const lockFile = join(folder, `lock.${number}`);
  const draft = `${lockFile}.${randomUUID()}`;
  try {
    await writeFile(draft, JSON.stringify(thisProcess()), { flag: 'wx' });
    // A link appears with its whole content; a file that is created and then written could be read half-way.
    await link(draft, lockFile);
  } catch (error) {
    if (isSystemError(error, 'EEXIST') || isSystemError(error, 'ENOENT')) return null;
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

async function giveBack(lockFile: string): Promise<void> {
  const draft = `${lockFile}.free`;
  try {
    await writeFile(draft, JSON.stringify('free'));
    await rename(draft, lockFile);
  } catch (error) {
    // The folder was purged by the very work the lock was held for.
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

async function listNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => lockName.exec(name)?.[1] ?? []).map(Number);
}

async function readHolder(lockFile: string): Promise<Holder> {
  try {
    return JSON.parse(await readFile(lockFile, 'utf8')) as Holder;
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return 'free';
    throw error;
  }
}

/** Whether an error of the system has this code. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
