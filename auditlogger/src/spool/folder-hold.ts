import { readFileSync, readlinkSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError, SnoopDbError, withLock, writeWholeFile } from '@snoop/snoopdb';
import { SpoolError } from './spool-error.ts';

const beatMs = 1000;
/** A holder whose process cannot be seen is given up after missing some beats. */
const silenceMs = 6000;

/** The folder is this program's until it is given back. */
export interface FolderHold {
  release(): Promise<void>;
}

/**
 * Takes a folder for this program alone. A killed holder's is taken over: at once when its process can be looked for,
 * and after six seconds without a sign of life when it ran in another container, or on another machine, where the same
 * number means another process.
 * @param patienceMs how long a living holder is waited for: it may be just ending
 * @throws SpoolError `spool_taken`
 */
export async function holdFolder(folder: string, patienceMs: number): Promise<FolderHold> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let work: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    work = withLock(folder, { purpose: 'auditlogger', patienceMs }, async () => {
      const endBeat = await takeFromAfar(folder);
      resolve();
      await released;
      endBeat();
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
    `The spool ${folder} belongs to another program that runs: ${cause.message} Or give this one a folder of its own with --spool.`,
    { cause },
  );
}

/** The second half of the lock, for holders that the first one cannot see. */
async function takeFromAfar(folder: string): Promise<() => void> {
  const file = join(folder, 'holder');
  const here = nameSurroundings();
  if (readText(file) !== here && (await givesSignOfLife(file))) {
    throw new SpoolError(
      'spool_taken',
      `The spool ${folder} belongs to a program that runs in another container or on another machine. Give this one a folder of its own with --spool.`,
    );
  }
  writeWholeFile(file, here);
  const beat = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // Whoever removed it has taken the folder over, or removed all of it; the next write of a body finds out.
    }
  }, beatMs);
  beat.unref();
  return () => {
    clearInterval(beat);
    rmSync(file, { force: true });
  };
}

async function givesSignOfLife(file: string): Promise<boolean> {
  const before = readBeat(file);
  if (before === null) return false;
  for (let waited = 0; waited < silenceMs; waited += beatMs / 2) {
    await wait(beatMs / 2);
    const now = readBeat(file);
    if (now === null) return false;
    if (now !== before) return true;
  }
  return false;
}

function readBeat(file: string): number | null {
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

/** Where a process number means the same process. */
function nameSurroundings(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
