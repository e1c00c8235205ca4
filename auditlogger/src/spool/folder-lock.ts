import { readFileSync, readlinkSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError, SnoopDbError, withLock, writeFileAtomically } from '@snoop/snoopdb';
import { SpoolError } from './spool-error.ts';

const heartbeatMs = 1000;
/** A holder on another host counts as dead without a heartbeat for this time. */
const heartbeatTimeoutMs = 6000;

/** An exclusive lock on a folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Locks a folder for this process. The lock of a killed process is taken over: at once when it ran on this host, else
 * (another container or machine, where process IDs differ) after six seconds without a heartbeat.
 * @param timeoutMs how long to wait for a living holder, which may be ending
 * @throws SpoolError `spool_taken`
 */
export async function lockFolder(folder: string, timeoutMs: number): Promise<FolderLock> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let work: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    work = withLock(folder, { purpose: 'auditlogger', timeoutMs }, async () => {
      const stopHeartbeat = await acquireHeartbeat(folder);
      resolve();
      await released;
      stopHeartbeat();
    });
    work.catch((cause: unknown) => reject(cause instanceof SnoopDbError ? explainTaken(folder, cause) : cause));
  });
  return {
    async release() {
      release();
      await work;
    },
  };
}

function explainTaken(folder: string, cause: SnoopDbError): SpoolError {
  return new SpoolError(
    'spool_taken',
    `The spool ${folder} is in use by another process: ${cause.message} Or choose another folder with --spool.`,
    { cause },
  );
}

/** Extends the lock to holders in other containers and on other machines. */
async function acquireHeartbeat(folder: string): Promise<() => void> {
  const file = join(folder, 'holder');
  const here = identifyHost();
  if (readText(file) !== here && (await hasHeartbeat(file))) {
    throw new SpoolError(
      'spool_taken',
      `The spool ${folder} is in use by a process in another container or on another machine. Choose another folder with --spool.`,
    );
  }
  writeFileAtomically(file, here);
  const heartbeat = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // The folder was taken over or removed; the next write of a body will fail.
    }
  }, heartbeatMs);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  };
}

async function hasHeartbeat(file: string): Promise<boolean> {
  const before = readHeartbeat(file);
  if (before === null) return false;
  for (let waited = 0; waited < heartbeatTimeoutMs; waited += heartbeatMs / 2) {
    await wait(heartbeatMs / 2);
    const now = readHeartbeat(file);
    if (now === null) return false;
    if (now !== before) return true;
  }
  return false;
}

function readHeartbeat(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Identifies the PID namespace of this process. */
function identifyHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
