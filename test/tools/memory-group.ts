import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A control group of Linux: its processes are held within a number of bytes, buffers and all, as a Pod's are. */
export interface MemoryGroup {
  /** The command line that runs a program in the group from its first byte on, under the number of the process that is spawned. */
  wrap(command: readonly string[]): readonly [string, ...string[]];
  /** Processes that the kernel has killed, since the group had no more memory to give. */
  countKills(): Promise<number>;
  /** To be called when its processes have ended. */
  remove(): Promise<void>;
}

/** The word to print, or to skip a test with, where {@link makeMemoryGroup} gives null. */
export const noMemoryGroup =
  'this user cannot make a control group for memory: only the peak of the process was looked at';

/** The files of one version of control groups. */
interface Version {
  /** Files and what is written into them; one that is missing does no harm where it says so. */
  readonly limits: (bytes: number) => readonly { file: string; text: string; isOptional?: boolean }[];
  readonly kills: { readonly file: string; readonly pattern: RegExp };
}

/** https://docs.kernel.org/admin-guide/cgroup-v1/memory.html */
const first: Version = {
  limits: (bytes) => [
    { file: 'memory.limit_in_bytes', text: String(bytes) },
    // Where the kernel counts swap too.
    { file: 'memory.memsw.limit_in_bytes', text: String(bytes), isOptional: true },
  ],
  kills: { file: 'memory.oom_control', pattern: /^oom_kill (\d+)$/m },
};

/** https://docs.kernel.org/admin-guide/cgroup-v2.html */
const second: Version = {
  limits: (bytes) => [
    { file: 'memory.max', text: String(bytes) },
    { file: 'memory.swap.max', text: '0', isOptional: true },
  ],
  kills: { file: 'memory.events', pattern: /^oom_kill (\d+)$/m },
};

let made = 0;

/**
 * Makes a group below the one that this process is in or, where that may only hold processes, beside it.
 * @returns null where this user, or this system, cannot
 */
export async function makeMemoryGroup(mebibytes: number): Promise<MemoryGroup | null> {
  for (const { parent, version } of await listParents()) {
    const folder = join(parent, `snoop-test-${process.pid}-${made++}`);
    try {
      await mkdir(folder);
    } catch {
      continue;
    }
    try {
      for (const { file, text, isOptional } of version.limits(mebibytes * 1024 * 1024)) {
        const writing = writeFile(join(folder, file), text);
        await (isOptional ? writing.catch(() => {}) : writing);
      }
      return openGroup(folder, version);
    } catch {
      // Such as a group of the second version to which no memory was handed down.
      await rmdir(folder);
    }
  }
  return null;
}

function openGroup(folder: string, { kills }: Version): MemoryGroup {
  return {
    wrap: (command) => ['/bin/sh', '-c', 'echo $$ > "$0" && exec "$@"', join(folder, 'cgroup.procs'), ...command],
    async countKills() {
      return Number(kills.pattern.exec(await readFile(join(folder, kills.file), 'utf8'))?.[1] ?? 0);
    },
    async remove() {
      for (let tries = 0; ; tries++) {
        try {
          await rmdir(folder);
          return;
        } catch (error) {
          // The kernel lets go of a process a little after its end was told.
          if (tries === 100) throw error;
          await wait(20);
        }
      }
    },
  };
}

/** Folders in which a group may be made. */
async function listParents(): Promise<{ parent: string; version: Version }[]> {
  try {
    const [groups, mounts] = await Promise.all(
      ['cgroup', 'mountinfo'].map((name) => readFile(`/proc/self/${name}`, 'utf8')),
    );
    const own = (pattern: RegExp): string => pattern.exec(groups ?? '')?.[1] ?? '/';
    const place = (pattern: RegExp): string | undefined => pattern.exec(mounts ?? '')?.[1];
    const found: { parent: string; version: Version }[] = [];
    const ofMemory = place(/^(?:\S+ ){4}(\S+) .* - cgroup \S+ \S*\bmemory\b/m);
    if (ofMemory !== undefined) found.push({ parent: join(ofMemory, own(/^\d+:memory:(.*)$/m)), version: first });
    const unified = place(/^(?:\S+ ){4}(\S+) .* - cgroup2 /m);
    if (unified !== undefined) {
      const mine = join(unified, own(/^0::(.*)$/m));
      found.push({ parent: mine, version: second });
      if (mine.length > unified.length + 1) found.push({ parent: dirname(mine), version: second });
    }
    return found;
  } catch {
    return [];
  }
}
