import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LeftProcess {
  readonly pid: number;
  readonly name: string;
}

/** Finds processes that still have this proxy in their environment; none where the system does not show it. */
export function findLeftProcesses(proxyUrl: string): LeftProcess[] {
  return listPids().flatMap((pid) => {
    try {
      const environment = readFileSync(join('/proc', pid, 'environ'), 'latin1');
      if (!environment.split('\0').includes(`SNOOP_PROXY=${proxyUrl}`)) return [];
      return [{ pid: Number(pid), name: readFileSync(join('/proc', pid, 'comm'), 'utf8').trim() }];
    } catch {
      // Another user's, or it has ended.
      return [];
    }
  });
}

function listPids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
