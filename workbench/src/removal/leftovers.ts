import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '@snoop/snoopdb';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { readWorkerLines } from '../journal/read-journal.ts';

/** What a run's workers left, according to its journal. */
export interface Leftovers {
  /** In the order of creation. */
  readonly objects: readonly ClusterObject[];
  /** The worker processes, running or not. */
  readonly workers: readonly ProcessIdentity[];
}

/** @param folder the run's folder */
export async function readLeftovers(folder: string): Promise<Leftovers> {
  const objects = new Map<string, ClusterObject>();
  const workers: ProcessIdentity[] = [];
  for (const line of await readWorkerLines(folder)) {
    if (line.kind === 'created') objects.set(line.uid, { path: line.path, uid: line.uid });
    else if (line.kind === 'removed') objects.delete(line.uid);
    else if (line.kind === 'worker') workers.push({ pid: line.pid, start: line.start });
  }
  return { objects: [...objects.values()], workers };
}

/** An empty file that marks a run without leftovers in its cluster. */
const markName = 'nothing-left';

export function isSwept(folder: string): boolean {
  return existsSync(join(folder, markName));
}

export function markSwept(folder: string): void {
  writeFileSync(join(folder, markName), '', { mode: 0o600 });
}
