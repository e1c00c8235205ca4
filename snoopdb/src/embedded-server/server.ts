import { existsSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SnoopDbError, toError } from '../errors.ts';
import { createFolders } from '../create-folders.ts';
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

/** Longer than a first start on a slow machine, including a copy of PostgreSQL's programs. */
const lockTimeoutMs = 180_000;

export interface EmbeddedServer {
  /** `postgresql://apisnoop:<password>@127.0.0.1:<port>/apisnoop?sslmode=disable` */
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  readonly dataFolder: string;
  /** Ends the use of the server and stops it if no other process uses it. Safe to call twice. */
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
 * Starts the folder's PostgreSQL if it does not run, and registers this process as one of its users. The first call creates
 * the database (about a second). The server runs until its last user releases it; if all users were killed, the next one
 * uses it.
 *
 * @param options.folder folder of database, password and log, for example `.snoop/snoopdb`
 * @param options.user name of this user for display, for example `snoop up`
 * @param options.onProgress called before each step that may take long
 * @throws SnoopDbError `server_failed` with the lines of PostgreSQL's log, or if this platform has no PostgreSQL programs;
 *   `folder_locked` if another process has been starting or stopping it for three minutes
 */
export async function acquireEmbeddedServer(options: {
  folder: string;
  user: string;
  onProgress?: (text: string) => void;
}): Promise<EmbeddedServer> {
  const { user, onProgress = () => {} } = options;
  try {
    // PostgreSQL's user may have to search it; only the owner writes to it, whatever the umask.
    createFolders(options.folder, 0o755);
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
  const location = await ensureLocation(folder);
  // If the password was lost, stop the server: it gets a new one before it starts.
  if ((await readPassword(folder)) === null) await stopPostmaster(location);
  const postmaster = (await waitForPostmaster(location)) ?? (await start(folder, location, onProgress));
  const registration = await registerUser(folder, user);
  let released = false;
  return {
    url: databaseUrl(postmaster.port, (await readPassword(folder)) ?? ''),
    port: postmaster.port,
    logFile: logFile(folder),
    dataFolder: dataFolderIn(location),
    async release() {
      // After a purge there is nothing to release.
      if (released || !existsSync(registration)) return;
      released = true;
      await withLock(folder, { purpose: user, timeoutMs: lockTimeoutMs }, async () => {
        await rm(registration, { force: true });
        if ((await pruneUsers(folder)).length === 0) await stopPostmaster(location);
      });
    },
  };
}

/** Returns the location of the database files; chooses and records it if needed. */
async function ensureLocation(folder: string): Promise<string> {
  const known = await findLocation(folder);
  const location = known ?? (await chooseLocation(folder, await findSystemUser(null)));
  // A state folder that was deleted without `snoop down` leaves its files there; the new one must start empty.
  if (known === null && location !== folder) await clearLocation(location);
  const record = await readRecord(folder);
  if (record?.home !== location || record.folder !== folder) {
    // Before anything is written there, so that a purge finds it even after an early interruption.
    writeRecord(folder, { folder, home: location, port: record?.port ?? null });
  }
  return location;
}

/** Stops the server of a location, if it runs, and removes all files there except lock files. */
async function clearLocation(location: string): Promise<void> {
  await stopPostmaster(location);
  const names = (await readdir(location).catch(() => [])).filter((name) => !isLockFile(name));
  // The initdb of a killed process may still be writing; it ends when its folder is removed.
  for (const name of names)
    await rm(join(location, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function start(folder: string, location: string, onProgress: (text: string) => void): Promise<Postmaster> {
  const systemUser = await findSystemUser(location);
  const programs = await ensurePrograms(findPrograms(), location, systemUser, onProgress);
  await removeDrafts(location);
  if (await hasDatabase(location)) await ensurePassword(folder, location, programs, systemUser);
  else {
    onProgress(`creating a PostgreSQL database in ${dataFolderIn(location)}`);
    await createDatabase(folder, location, programs, systemUser);
  }
  onProgress('starting PostgreSQL');
  const remembered = (await readRecord(folder))?.port ?? null;
  const postmaster = await startPostmaster(folder, location, programs, systemUser, remembered);
  if (postmaster.port !== remembered) writeRecord(folder, { folder, home: location, port: postmaster.port });
  return postmaster;
}

/** Whether the folder has a complete database, running or not. */
export async function hasEmbeddedDatabase(folder: string): Promise<boolean> {
  const location = await findLocation(await realpath(folder).catch(() => folder));
  return location !== null && (await hasDatabase(location));
}

/** Reads the state of the folder's server without changing anything; null if the folder has none. */
export async function inspectEmbeddedServer(folder: string): Promise<EmbeddedServerState | null> {
  const truePath = await realpath(folder).catch(() => folder);
  const [location, record, password] = [
    await findLocation(truePath),
    await readRecord(truePath),
    await readPassword(truePath),
  ];
  const postmaster = location === null ? null : await findPostmaster(location);
  const port = postmaster?.port ?? record?.port ?? null;
  if (location === null || port === null || password === null) return null;
  return {
    running: postmaster !== null,
    url: databaseUrl(port, password),
    port,
    pid: postmaster?.pid ?? null,
    dataFolder: dataFolderIn(location),
    logFile: logFile(truePath),
    startedAt: postmaster?.startedAt ?? null,
    users: (await listUsers(truePath)).map(({ pid, user }) => ({ pid, user })),
  };
}

/** Stops the server, even if it is in use, and removes the folder and the database files. */
export async function purgeEmbeddedServer(folder: string): Promise<void> {
  await purge(folder, { evenInUse: true });
}

/**
 * Removes the folder and the database files if the server neither runs nor has registered users.
 *
 * @returns whether they were removed
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
      const location = await findLocation(truePath);
      if (!evenInUse) {
        if ((await listUsers(truePath)).length > 0) return false;
        if (location !== null && (await findPostmaster(location)) !== null) return false;
      }
      if (location !== null && location !== truePath) {
        await clearLocation(location);
        await removeLocation(location);
      }
      await clearLocation(truePath);
      return true;
    },
  );
  if (isCleared) await rm(truePath, { recursive: true, force: true });
  return isCleared;
}
