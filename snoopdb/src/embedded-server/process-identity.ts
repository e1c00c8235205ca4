import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the words of the system; only ever compared with itself. */
  readonly start: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  const start = readStart(process.pid);
  if (start === null) throw new Error(`The system does not say when process ${process.pid} started.`);
  return { pid: process.pid, start };
}

/** Whether exactly this process still runs; one that ended and was not yet collected by its parent does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readStart(identity.pid) === identity.start;
}

/** The command line of a running process, null when there is none. */
export function readCommandLine(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
    } catch {
      return null;
    }
  }
  return askPs(pid, 'command=');
}

function readStart(pid: number): string | null {
  if (process.platform !== 'linux') return askPs(pid, 'lstart=');
  try {
    // The program's name stands in brackets and may itself hold brackets and blanks: count from the last one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTicks === undefined) return null;
    return `${readBootId()}:${startTicks}`;
  } catch {
    return null;
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

function askPs(pid: number, column: 'lstart=' | 'command='): string | null {
  try {
    return (
      execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
      }).trim() || null
    );
  } catch {
    return null;
  }
}
