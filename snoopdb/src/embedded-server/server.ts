import { existsSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SnoopDbError, toError } from '../errors.ts';
import { makeFolders } from '../make-folders.ts';
import { isLockFile, withLock } from '../processes/lock.ts';
import { ensurePassword, hasDatabase, createDatabase, removeDrafts } from './data-folder.ts';
import { chooseLocation, findSystemUser, ensurePrograms, removeLocation } from './location.ts';
import { waitForPostmaster, findPostmaster, type Postmaster, startPostmaster, stopPostmaster } from './postmaster.ts';
import { findPrograms } from './programs.ts';
import {
  databaseUrl,
  dataFolderIn,
  findLocation,
  logFile,
  readPassword,
  readRecord,
  writeRecord,
} from './server-record.ts';
import { listUsers, pruneUsers, registerUser } from './users.ts';

/** Longer than a first start on a slow machine with a copy of PostgreSQL's programs. */
const lockTimeoutMs = 180_000;

export interface EmbeddedServer {
  /** `postgresql://apisnoop:<password>@127.0.0.1:<port>/apisnoop?sslmode=disable` */
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  readonly dataFolder: string;
  /** Gives the server back; the last user's release stops it. A second call does nothing. */
  release(): Promise<void>;
}

export interface EmbeddedServerState {
  readonly running: boolean;
  readonly url: string;
  readonly port: number;
  readonly pid: number | null;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly startedAt: Date | null;
  readonly users: readonly { pid: number; user: string }[];
}

/**
 * Makes sure that the folder's PostgreSQL runs, and registers this process as one of its users. The first time, the
 * database is made (about a second). The server belongs to no process: it runs until its last user releases it, and
 * one whose users were all killed is taken over by the next.
 *
 * @param options.folder where server, password and log are kept, e.g. `.snoop/snoopdb`
 * @param options.user who asks, for people: `snoop up`
 * @param options.onProgress told before each step that may take long
 * @throws SnoopDbError `server_failed` with the lines of PostgreSQL's log, or when this platform has no PostgreSQL programs;
 *   `folder_locked` when another process has been starting or stopping it for three minutes
 */
export async function acquireEmbeddedServer(options: {
  folder: string;
  user: string;
  onProgress?: (text: string) => void;
}): Promise<EmbeddedServer> {
  const { user, onProgress = () => {} } = options;
  try {
    // PostgreSQL's own user may have to search it; nobody else writes in it, whatever the umask.
    makeFolders(options.folder, 0o755);
    const folder = await realpath(options.folder);
    return await withLock(folder, { purpose: user, timeoutMs: lockTimeoutMs }, () => acquire(folder, user, onProgress));
  } catch (cause) {
    if (cause instanceof SnoopDbError) throw cause;
    const sentence = `The database in ${options.folder} could not be started: ${toError(cause).message}`;
    throw new SnoopDbError('server_failed', sentence, { cause });
  }
}

async function acquire(folder: string, user: string, onProgress: (text: string) => void): Promise<EmbeddedServer> {
  await pruneUsers(folder);
  const home = await ensureLocation(folder);
  // A server whose password was lost lets nobody in; it gets a new one before it starts.
  if ((await readPassword(folder)) === null) await stopPostmaster(home);
  const postmaster = (await waitForPostmaster(home)) ?? (await start(folder, home, onProgress));
  const registration = await registerUser(folder, user);
  let released = false;
  return {
    url: databaseUrl(postmaster.port, (await readPassword(folder)) ?? ''),
    port: postmaster.port,
    logFile: logFile(folder),
    dataFolder: dataFolderIn(home),
    async release() {
      // After a purge there is nothing to give back.
      if (released || !existsSync(registration)) return;
      released = true;
      await withLock(folder, { purpose: user, timeoutMs: lockTimeoutMs }, async () => {
        await rm(registration, { force: true });
        if ((await pruneUsers(folder)).length === 0) await stopPostmaster(home);
      });
    },
  };
}

/** Where the database's files are, or will be from now on. */
async function ensureLocation(folder: string): Promise<string> {
  const known = await findLocation(folder);
  const home = known ?? (await chooseLocation(folder, await findSystemUser(null)));
  // A state folder that was deleted by hand leaves its files there; the new one begins with nothing.
  if (known === null && home !== folder) await clearLocation(home);
  const record = await readRecord(folder);
  if (record?.home !== home || record.folder !== folder) {
    // Before anything is put there: purge must find it however early we are interrupted.
    writeRecord(folder, { folder, home, port: record?.port ?? null });
  }
  return home;
}

/** Stops the server of a home, if it runs, and removes what is in the home except lock files. */
async function clearLocation(home: string): Promise<void> {
  await stopPostmaster(home);
  const names = (await readdir(home).catch(() => [])).filter((name) => !isLockFile(name));
  // An initdb whose starter was killed may still be writing there: it ends by itself when its folder goes.
  for (const name of names)
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function start(folder: string, home: string, onProgress: (text: string) => void): Promise<Postmaster> {
  const systemUser = await findSystemUser(home);
  const programs = await ensurePrograms(findPrograms(), home, systemUser, onProgress);
  await removeDrafts(home);
  if (await hasDatabase(home)) await ensurePassword(folder, home, programs, systemUser);
  else {
    onProgress(`making a PostgreSQL database in ${dataFolderIn(home)}`);
    await createDatabase(folder, home, programs, systemUser);
  }
  onProgress('starting PostgreSQL');
  const remembered = (await readRecord(folder))?.port ?? null;
  const postmaster = await startPostmaster(folder, home, programs, systemUser, remembered);
  if (postmaster.port !== remembered) writeRecord(folder, { folder, home, port: postmaster.port });
  return postmaster;
}

/** Whether the folder has a whole database, running or not: acquiring its server would make none. */
export async function hasEmbeddedDatabase(folder: string): Promise<boolean> {
  const home = await findLocation(await realpath(folder).catch(() => folder));
  return home !== null && (await hasDatabase(home));
}

/** Says what the folder's server does, without starting or changing anything; null when the folder has none. */
export async function inspectEmbeddedServer(folder: string): Promise<EmbeddedServerState | null> {
  const truePath = await realpath(folder).catch(() => folder);
  const [home, record, password] = [
    await findLocation(truePath),
    await readRecord(truePath),
    await readPassword(truePath),
  ];
  const postmaster = home === null ? null : await findPostmaster(home);
  const port = postmaster?.port ?? record?.port ?? null;
  if (home === null || port === null || password === null) return null;
  return {
    running: postmaster !== null,
    url: databaseUrl(port, password),
    port,
    pid: postmaster?.pid ?? null,
    dataFolder: dataFolderIn(home),
    logFile: logFile(truePath),
    startedAt: postmaster?.startedAt ?? null,
    users: (await listUsers(truePath)).map(({ pid, user }) => ({ pid, user })),
  };
}

/** Stops the server, whoever uses it, and removes the folder with the database, wherever its files are. */
export async function purgeEmbeddedServer(folder: string): Promise<void> {
  await purge(folder, { evenInUse: true });
}

/**
 * The same, unless the server runs or somebody is about to use it.
 *
 * @returns whether it was removed
 */
export async function purgeUnusedServer(folder: string): Promise<boolean> {
  return purge(folder, { evenInUse: false });
}

async function purge(folder: string, { evenInUse }: { evenInUse: boolean }): Promise<boolean> {
  const truePath = await realpath(folder).catch(() => null);
  if (truePath === null) return false;
  const isCleared = await withLock(
    truePath,
    { purpose: 'removing the database', timeoutMs: lockTimeoutMs },
    async () => {
      const home = await findLocation(truePath);
      if (!evenInUse) {
        if ((await listUsers(truePath)).length > 0) return false;
        if (home !== null && (await findPostmaster(home)) !== null) return false;
      }
      if (home !== null && home !== truePath) {
        await clearLocation(home);
        await removeLocation(home);
      }
      await clearLocation(truePath);
      return true;
    },
  );
  if (isCleared) await rm(truePath, { recursive: true, force: true });
  return isCleared;
}
