import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isSystemError } from '../errors.ts';

const pollMs = 20;

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the words of the system; only ever compared with another one of these. */
  readonly start: string;
}

/** Who has this number now; null when nobody has, or only a process that ended and was not yet collected. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const start = readStart(pid);
  return start === null ? null : { pid, start };
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  const identity = identifyProcess(process.pid);
  if (!identity) throw new Error(`The system does not say when process ${process.pid} started.`);
  return identity;
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readStart(identity.pid) === identity.start;
}

/** Sends a signal to exactly this process. Returns whether it was there to get it. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    // It ended between the look and the signal.
    if (isSystemError(error, 'ESRCH')) return false;
    throw error;
  }
}

/** Asks a process to end, waits until it has, and kills it when that takes too long. */
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

/** Waits until a process has ended, whoever's child it is. Returns whether it did in time. */
export async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await wait(pollMs);
  }
  return true;
}

/**
 * The processes that a dead process group leader left behind.
 *
 * @param marks words of which one stands in the command line of each of them: the group's number alone may have come again
 */
export function listOrphans(leader: ProcessIdentity, marks: readonly string[]): ProcessIdentity[] {
  if (identifyProcess(leader.pid)) return [];
  const ours = listGroup(leader.pid).filter((pid) => marks.some((mark) => readCommandLine(pid)?.includes(mark)));
  return ours.flatMap((pid) => identifyProcess(pid) ?? []);
}

/** The command line of a running process; null when there is none. */
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

/** The fields of /proc/<pid>/stat from the state on (see proc(5)): 0 is the state, 2 the group, 19 the start. */
function readStatFields(pid: number): string[] {
  try {
    // The program's name stands in brackets and may hold blanks and brackets itself: count from the last one.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}

let bootId: string | null = null;

/** Start times count from the boot, so two processes of different boots could agree. */
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
