import { readFileSync } from 'node:fs';

const mebibyte = 1024 * 1024;

/**
 * Memory of a process that is resident, in MiB; null where the system does not tell.
 * @param what `VmHWM` its most so far, `VmRSS` now (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html)
 */
export function readMemory(pid: number, what: 'VmHWM' | 'VmRSS'): number | null {
  try {
    const kibibytes = new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? null : Math.round((Number(kibibytes) * 1024) / mebibyte);
  } catch {
    return null;
  }
}

/** Prints a process's peak and says whether it is within a bound; where it cannot be read, it is taken to be. */
export function tellPeak(name: string, pid: number): number {
  const peak = readMemory(pid, 'VmHWM');
  console.log(`${name}: peak RSS of the auditlogger ${peak === null ? 'not known on this system' : `${peak} MiB`}`);
  return peak ?? 0;
}

/** MiB within which a server of default limits stays: its queue of 32 and one body of 128 beside it, both in the making. */
export const boundedMebibytes = 384;

/** MiB within which it stays when it stores bodies of 100 MB, of which it holds one. */
export const largeBodyMebibytes = 300;

/** Memory that a Pod of the manifests has, `limits.memory`. */
export const podMebibytes = 512;
