import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports processor times in hundredths of a second (USER_HZ, the same on all platforms). */
const ticksPerSecond = 100;

/** Milliseconds of processor that a process has used so far, in all its threads. Linux only. */
export function readProcessorMs(pid: number): number {
  const { userTicks, systemTicks } = readStat(pid);
  return ((userTicks + systemTicks) * 1000) / ticksPerSecond;
}

/**
 * Processor milliseconds that a PostgreSQL has used: the postmaster and its children (backends, WAL writer, checkpointer
 * and so on), including those that have ended. Linux only.
 */
export function readServerProcessorMs(postmaster: number): number {
  const own = readStat(postmaster);
  let ticks = own.userTicks + own.systemTicks + own.endedTicks;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const { parent, userTicks, systemTicks } = readStat(Number(name));
      if (parent === postmaster) ticks += userTicks + systemTicks;
    } catch {
      // It ended meanwhile; its time is among those that ended.
    }
  }
  return (ticks * 1000) / ticksPerSecond;
}

/** The most memory that a process has had, in MiB. Linux only. */
export function readPeakMiB(pid: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status does not say what memory the process had.`);
  return Number(kibibytes) / 1024;
}

/** Fields of proc_pid_stat(5); `endedTicks` is the time of ended children. */
function readStat(pid: number): { parent: number; userTicks: number; systemTicks: number; endedTicks: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), userTicks: field(14), systemTicks: field(15), endedTicks: field(16) + field(17) };
}
