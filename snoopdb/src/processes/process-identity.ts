import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError } from '../errors.ts';

const pollMs = 20;

/** Identifies a process, even if a later one gets the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in a format of the system; only for comparison. */
  readonly start: string;
}

/** Identifies the process that has this pid now; null: none, or only a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const start = readStart(pid);
  return start === null ? null : { pid, start };
}

export function thisProcess(): ProcessIdentity {
  const identity = identifyProcess(process.pid);
  if (!identity) throw new Error(`Cannot read the start time of process ${process.pid}.`);
  return identity;
}

/** Whether this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readStart(identity.pid) === identity.start;
}

/** Sends a signal to a process. Returns false if it no longer runs. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    // It ended between the check and the signal.
    if (isSystemError(error, 'ESRCH')) return false;
    throw error;
  }
}

/** Signals a process, waits until it has ended, and kills it after `timeoutMs`. */
export async function endProcess(
  identity: ProcessIdentity,
  timeoutMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (!signalProcess(identity, signal)) return;
  if (await waitForExit(identity, timeoutMs)) return;
  signalProcess(identity, 'SIGKILL');
  await waitForExit(identity, timeoutMs);
}

/** Waits until a process has ended; it need not be a child. Returns false on timeout. */
export async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await wait(pollMs);
  }
  return true;
}

/**
 * Lists the remaining processes of a group whose leader has ended.
 *
 * @param marks texts of which each command line contains one: the number of the group may have been reused
 */
export function listOrphans(leader: ProcessIdentity, marks: readonly string[]): ProcessIdentity[] {
  if (identifyProcess(leader.pid)) return [];
  const ours = listGroup(leader.pid).filter((pid) => marks.some((mark) => readCommandLine(pid)?.includes(mark)));
  return ours.flatMap((pid) => identifyProcess(pid) ?? []);
}

/** Reads the command line of a process; null if it does not run. */
export function readCommandLine(pid: number): string | null {
  if (process.platform !== 'linux') return runPs(['-ww', '-o', 'command=', '-p', String(pid)]).trim() || null;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
  } catch {
    return null;
  }
}

function listGroup(group: number): number[] {
  if (process.platform !== 'linux') {
    return runPs(['-A', '-o', 'pid=,pgid='])
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid, pgid]) => (pid !== undefined && pgid === group ? [pid] : []));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readStatFields(Number(name))[2] === String(group))
    .map(Number);
}

function readStart(pid: number): string | null {
  if (process.platform !== 'linux') return runPs(['-o', 'lstart=', '-p', String(pid)]).trim() || null;
  const fields = readStatFields(pid);
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined || state === 'Z' || state === 'X') return null;
  return `${readBootId()}:${startTicks}`;
}

/** Reads the fields of /proc/<pid>/stat from the state on, see proc(5): 0 is the state, 2 the group, 19 the start. */
function readStatFields(pid: number): string[] {
  try {
    // The program's name is in parentheses and may itself contain some: start after the last one.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}

let bootId: string | null = null;

/** Start times are relative to the boot, so those of two boots could be equal. */
function readBootId(): string {
  if (bootId !== null) return bootId;
  try {
    bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    bootId = '';
  }
  return bootId;
}

function runPs(args: string[]): string {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    });
  } catch {
    return '';
  }
}
