import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError, SnoopDbError, toError } from '../errors.ts';
import { waitForExit, identifyProcess, readCommandLine, signalProcess } from '../processes/process-identity.ts';
import { type Programs, startDaemon, type SystemUser } from './programs.ts';
import { dataFolderIn, logFile } from './server-record.ts';

/** The running PostgreSQL of a data folder. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly startedAt: Date;
  /** Whether it accepts connections: false while it starts, recovers or stops. */
  readonly ready: boolean;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const pollMs = 15;
const startAttempts = 10;
const maxLogBytes = 4 * 1024 * 1024;

/** Passed at each start, not stored in the data folder, so that the settings of a newer program apply to older databases. */
const settings = {
  listen_addresses: '127.0.0.1',
  // The path of a socket is limited to 107 bytes; that of a state folder can be longer.
  unix_socket_directories: '',
  max_connections: '60',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Without replication there is less to write and less disk space needed.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Coverage queries take milliseconds; compiling them takes longer.
  jit: 'off',
  // In containers that report huge pages without having them, PostgreSQL dies of SIGBUS.
  huge_pages: 'off',
} as const;

/**
 * Finds the server of a data folder. The pid in the `postmaster.pid` of a crashed server may belong to another process by
 * now, so the process must also have been started for this folder.
 * Format of the file: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/pidfile.h
 */
export async function findPostmaster(location: string): Promise<Postmaster | null> {
  const dataFolder = dataFolderIn(location);
  return identifyPostmaster(dataFolder, await readPidFile(dataFolder));
}

function readPidFile(dataFolder: string): Promise<string> {
  return readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
}

async function identifyPostmaster(dataFolder: string, pidFile: string): Promise<Postmaster | null> {
  const lines = pidFile.split('\n');
  const [pid, servedFolder = '', started, port] = [Number(lines[0]), lines[1], Number(lines[2]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0 || servedFolder === '') return null;
  if (!readCommandLine(pid)?.includes(servedFolder)) return null;
  // The file in a copied folder names the server of the original. If no folder exists there, the folder was moved.
  if (servedFolder !== dataFolder && (await stat(servedFolder).catch(() => null)) !== null) return null;
  return { pid, port, startedAt: new Date(started * 1000), ready: lines[7]?.trim() === 'ready' };
}

/** Waits while a server is starting or stopping; the process that started or stopped it may have been killed. */
export async function waitForPostmaster(location: string): Promise<Postmaster | null> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const found = await findPostmaster(location);
    if (found === null || found.ready) return found;
    if (performance.now() > deadline) {
      throw new SnoopDbError(
        'server_failed',
        `PostgreSQL (process ${found.pid}) in ${dataFolderIn(location)} has been starting or stopping for ${startTimeoutMs / 1000} s. End that process and try again.`,
      );
    }
    await wait(pollMs);
  }
}

/**
 * Starts PostgreSQL as a daemon, which outlives this process, and waits until it accepts connections.
 * @param wantedPort the port of the last start; a free one is chosen if it is in use
 * @throws SnoopDbError `server_failed` with the lines of the log
 */
export async function startPostmaster(
  folder: string,
  location: string,
  programs: Programs,
  user: SystemUser | null,
  wantedPort: number | null,
): Promise<Postmaster> {
  const dataFolder = dataFolderIn(location);
  await replaceStalePid(dataFolder);
  let port = wantedPort !== null && (await isFree(wantedPort)) ? wantedPort : await findFreePort();
  for (let attempt = 1; ; attempt++) {
    const logged = await tryStart(folder, location, programs, user, port);
    // Also after a failure: a start by a process that was then killed may have been first.
    const started = await waitForPostmaster(location);
    if (started !== null) return started;
    if (attempt === startAttempts || !(await shouldRetry(logged ?? ''))) {
      throw new SnoopDbError(
        'server_failed',
        `PostgreSQL did not start in ${dataFolder}. Its log (${logFile(folder)}):\n${logged || '(empty)'}`,
      );
    }
    if (!(await isFree(port))) port = await findFreePort();
  }
}

async function shouldRetry(logged: string): Promise<boolean> {
  // Another process took the port after we checked it.
  if (logged.includes('could not bind')) return true;
  // The server was killed, and its child processes have not ended yet.
  if (!logged.includes('pre-existing shared memory block')) return false;
  await wait(500);
  return true;
}

/**
 * PostgreSQL detects a stale `postmaster.pid` of a crash, unless a process with its pid exists: an unrelated one, or the
 * zombie of the server, as is common in containers. In that case the pid is replaced by one that no system uses. The file
 * must stay: from its other lines PostgreSQL sees whether processes of the killed server still use the data, and waits.
 */
async function replaceStalePid(dataFolder: string): Promise<void> {
  const pidFile = await readPidFile(dataFolder);
  const [pid = '', ...rest] = pidFile.split('\n');
  if (!(Number(pid) > 0 && exists(Number(pid)))) return;
  // Since the caller checked, a process that was then killed has started the server.
  if ((await identifyPostmaster(dataFolder, pidFile)) !== null) return;
  await writeFile(join(dataFolder, 'postmaster.pid'), [impossiblePid, ...rest].join('\n'));
}

/** The largest pid of Linux is 4194304; those of other systems are far smaller. */
const impossiblePid = 4_194_305;

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isSystemError(error, 'EPERM');
  }
}

/** @returns null if it started, or another start was first; else what it logged */
async function tryStart(
  folder: string,
  location: string,
  programs: Programs,
  user: SystemUser | null,
  port: number,
): Promise<string | null> {
  const file = logFile(folder);
  await rotateLog(file);
  // Opened here and inherited, so that the log can be where PostgreSQL's user has no access.
  const log = await open(file, 'a', 0o600);
  try {
    const { size: before } = await log.stat();
    const options = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const daemon = startDaemon(programs, 'postgres', ['-D', dataFolderIn(location), ...options], {
      as: user,
      outputTo: log.fd,
    });
    const deadline = performance.now() + startTimeoutMs;
    while (!(await findPostmaster(location))?.ready) {
      if (daemon.ended() || performance.now() > deadline) {
        const logged = (await readFile(file)).subarray(before).toString('utf8').trim();
        return [logged, daemon.ended() ?? `It is not ready after ${startTimeoutMs / 1000} s.`].join('\n').trim();
      }
      await wait(pollMs);
    }
    return null;
  } finally {
    await log.close();
  }
}

async function rotateLog(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maxLogBytes) await rename(file, `${file}.old`);
}

/**
 * Stops PostgreSQL, if it runs, and closes open connections. If it does not stop in time, it is stopped without a
 * checkpoint and recovers at the next start.
 * Signals: https://www.postgresql.org/docs/18/server-shutdown.html
 */
export async function stopPostmaster(location: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const found = await findPostmaster(location);
    const postmaster = found && identifyProcess(found.pid);
    if (!postmaster) return;
    signalProcess(postmaster, signal);
    if (await waitForExit(postmaster, stopTimeoutMs)) return;
  }
  const left = await findPostmaster(location);
  if (left === null) return;
  throw new SnoopDbError(
    'server_failed',
    `PostgreSQL (process ${left.pid}) does not stop. End that process and try again.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return listen(port).then(
    () => true,
    () => false,
  );
}

async function findFreePort(): Promise<number> {
  return listen(0);
}

/** Listens for a moment and returns the port. */
function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(toError(error)));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
