import { endProcess, isAlive, listOrphans } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import type { Progress } from '../progress.ts';
import { removeExec } from './exec-programs.ts';
import { partNames } from './layout.ts';
import type { Layout, PartName } from './layout.ts';
import type { State } from './state.ts';

/** A supervisor kills parts that take longer than this together. */
const supervisorTimeoutMs = 60_000;
const partTimeoutMs = 12_000;

// Each part before those that it needs. SnoopDB belongs to no supervisor and is released separately.
const stopOrder: readonly PartName[] = [
  'ui',
  'kwok',
  'kube-scheduler',
  'kube-controller-manager',
  'kube-apiserver',
  'etcd',
  'auditlogger',
];

/** The living processes of a state. */
export interface LivingProcesses {
  readonly supervisor: ProcessIdentity | null;
  readonly parts: readonly { readonly name: PartName; readonly identity: ProcessIdentity }[];
}

export function findLiving({ supervisor, parts }: State): LivingProcesses {
  return {
    supervisor: supervisor && isAlive(supervisor) ? supervisor : null,
    parts: partNames.flatMap((name) => {
      const identity = parts[name];
      return identity && isAlive(identity) ? [{ name, identity }] : [];
    }),
  };
}

/**
 * Stops all processes of a state except SnoopDB: the supervisor, which stops its parts in order, and parts left by a
 * killed supervisor.
 */
export async function stopProcesses(layout: Layout, state: State, progress: Progress): Promise<void> {
  const { supervisor } = state;
  const wasSupervised = supervisor !== null && isAlive(supervisor);
  if (wasSupervised) await endProcess(supervisor, supervisorTimeoutMs);
  const left = findLiving(state).parts.filter(({ name }) => stopOrder.includes(name));
  if (left.length > 0) {
    const names = left.map(({ name, identity }) => `${name} (${identity.pid})`).join(', ');
    progress.print(`Found ${names} without their supervisor, which was killed. Stopping them.`);
  }
  for (const name of stopOrder) {
    const part = left.find((candidate) => candidate.name === name);
    if (part) await endProcess(part.identity, partTimeoutMs);
  }
  // A part that started just when the supervisor was killed has no record.
  const orphans = supervisor ? listOrphans(supervisor, [layout.folder, state.source]) : [];
  for (const orphan of orphans) await endProcess(orphan, partTimeoutMs);
  if (state.nodes?.exec) await removeExec(state.nodes.exec);
}
