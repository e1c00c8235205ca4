import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '@snoop/snoopdb';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { readWorkerLines } from '../journal/read-journal.ts';

/** What a run's workers left, by its journal. */
export interface Leftovers {
  /** In the order in which they were made. */
  readonly objects: readonly ClusterObject[];
  /** The processes that ran the tests, whether they still run or not. */
  readonly workers: readonly ProcessIdentity[];
}

/** @param folder of the run's journal */
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

/** An empty file in the folder of a run of which nothing is left in its cluster. */
const markName = 'nothing-left';

export function isSwept(folder: string): boolean {
  return existsSync(join(folder, markName));
}

export function markSwept(folder: string): void {
  writeFileSync(join(folder, markName), '', { mode: 0o600 });
}
