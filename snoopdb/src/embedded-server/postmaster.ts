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
  /** Whether it takes connections; not yet while it starts or recovers, not any more while it stops. */
  readonly ready: boolean;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const pollMs = 15;
const startAttempts = 10;
const maxLogBytes = 4 * 1024 * 1024;

/** Given at every start and not kept in the data folder, so that a newer program's settings also reach an older database. */
const settings = {
  listen_addresses: '127.0.0.1',
  // A socket's path may be 107 bytes long at most; a state folder's can be longer.
  unix_socket_directories: '',
  max_connections: '60',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Nothing replicates from here: less to write, and less to keep on a laptop's disk.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Questions about coverage take milliseconds; compiling them takes longer.
  jit: 'off',
  // Where a container promises huge pages that it does not have, PostgreSQL dies of SIGBUS.
  huge_pages: 'off',
} as const;

/**
 * Reads who serves a data folder. A `postmaster.pid` of a crashed server is no sign: its process number may belong to
 * anybody by now, so the process must also be one that was started for this folder.
 * The file's lines: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/pidfile.h
 */
export async function findPostmaster(home: string): Promise<Postmaster | null> {
  const dataFolder = dataFolderIn(home);
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
  // The file of a copied folder names the server of the original; a folder moved under a running server has no original.
  if (servedFolder !== dataFolder && (await stat(servedFolder).catch(() => null)) !== null) return null;
  return { pid, port, startedAt: new Date(started * 1000), ready: lines[7]?.trim() === 'ready' };
}

/** Waits while the server of a data folder starts or stops on behalf of somebody who was killed meanwhile. */
export async function waitForPostmaster(home: string): Promise<Postmaster | null> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const found = await findPostmaster(home);
    if (found === null || found.ready) return found;
    if (performance.now() > deadline) {
      throw new SnoopDbError(
        'server_failed',
        `PostgreSQL (process ${found.pid}) in ${dataFolderIn(home)} has been starting or stopping for ${startTimeoutMs / 1000} s. End that process, and try again.`,
      );
    }
    await wait(pollMs);
  }
}

/**
 * Starts PostgreSQL and waits until it takes connections. It becomes a daemon: it outlives this process.
 * @param wantedPort the port of the last time; a free one is chosen when it is taken by now
 * @throws SnoopDbError `server_failed` with the lines of the log
 */
export async function startPostmaster(
  folder: string,
  home: string,
  programs: Programs,
  user: SystemUser | null,
  wantedPort: number | null,
): Promise<Postmaster> {
  const dataFolder = dataFolderIn(home);
  await replaceStalePid(dataFolder);
  let port = wantedPort !== null && (await isFree(wantedPort)) ? wantedPort : await findFreePort();
  for (let attempt = 1; ; attempt++) {
    const said = await tryStart(folder, home, programs, user, port);
    // Also after a failure: a start that was begun by somebody who was killed meanwhile may have come first.
    const started = await waitForPostmaster(home);
    if (started !== null) return started;
    if (attempt === startAttempts || !(await shouldRetry(said ?? ''))) {
      throw new SnoopDbError(
        'server_failed',
        `PostgreSQL did not start in ${dataFolder}. Its log (${logFile(folder)}) says:\n${said || '(nothing)'}`,
      );
    }
    if (!(await isFree(port))) port = await findFreePort();
  }
}

async function shouldRetry(said: string): Promise<boolean> {
  // Between our look and PostgreSQL's, somebody else may have taken the port.
  if (said.includes('could not bind')) return true;
  // The server was killed, and its other processes have not noticed yet.
  if (!said.includes('pre-existing shared memory block')) return false;
  await wait(500);
  return true;
}

/**
 * PostgreSQL finds out by itself that the `postmaster.pid` of a crash is stale, unless its process number still exists:
 * as a process of somebody else by now, or as one that was killed and not yet collected by its parent, as often in
 * containers. Then the number is replaced by one that no system gives. The file itself stays: by the rest of it
 * PostgreSQL sees whether other processes of the killed server are still at the data, and does not start before they end.
 */
async function replaceStalePid(dataFolder: string): Promise<void> {
  const pidFile = await readPidFile(dataFolder);
  const [pid = '', ...rest] = pidFile.split('\n');
  if (!(Number(pid) > 0 && exists(Number(pid)))) return;
  // It was not there when it was looked for: a start that was begun by somebody who was killed meanwhile.
  if ((await identifyPostmaster(dataFolder, pidFile)) !== null) return;
  await writeFile(join(dataFolder, 'postmaster.pid'), [impossiblePid, ...rest].join('\n'));
}

/** The largest process number of Linux is 4194304; other systems stop far below. */
const impossiblePid = 4_194_305;

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isSystemError(error, 'EPERM');
  }
}

/** Null: it started, or somebody else's start was first. Otherwise the lines it wrote to its log. */
async function tryStart(
  folder: string,
  home: string,
  programs: Programs,
  user: SystemUser | null,
  port: number,
): Promise<string | null> {
  const file = logFile(folder);
  await rotateLog(file);
  // Opened by us and handed down: so the log can stay where PostgreSQL's own user may not even look.
  const log = await open(file, 'a', 0o600);
  try {
    const { size: before } = await log.stat();
    const options = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const daemon = startDaemon(programs, 'postgres', ['-D', dataFolderIn(home), ...options], {
      as: user,
      outputTo: log.fd,
    });
    const deadline = performance.now() + startTimeoutMs;
    while (!(await findPostmaster(home))?.ready) {
      if (daemon.ended() || performance.now() > deadline) {
        const said = (await readFile(file)).subarray(before).toString('utf8').trim();
        return [said, daemon.ended() ?? `It is not ready after ${startTimeoutMs / 1000} s.`].join('\n').trim();
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
 * Stops PostgreSQL, if it runs: open connections are closed, what was committed is kept. One that does not stop in time
 * is stopped without a last checkpoint; it recovers at the next start.
 * The signals: https://www.postgresql.org/docs/18/server-shutdown.html
 */
export async function stopPostmaster(home: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const found = await findPostmaster(home);
    const postmaster = found && identifyProcess(found.pid);
    if (!postmaster) return;
    signalProcess(postmaster, signal);
    if (await waitForExit(postmaster, stopTimeoutMs)) return;
  }
  const left = await findPostmaster(home);
  if (left === null) return;
  throw new SnoopDbError(
    'server_failed',
    `PostgreSQL (process ${left.pid}) does not stop. End that process, and try again.`,
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

/** Listens for a moment and says on which port. */
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
