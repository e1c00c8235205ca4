import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitForExit, isAlive, signalProcess } from '@snoop/snoopdb';
import { describeRequestError } from '../audited-cluster/api-error.ts';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { locateRun } from '../journal/journal.ts';
import type { RunHead } from '../journal/journal-lines.ts';
import { readRunHead } from '../journal/read-journal.ts';
import { isSwept, markSwept, readLeftovers } from './leftovers.ts';
import { createOwnerLabel, namespaceLabels } from './owner.ts';
import { removeObjects } from './remove-objects.ts';
import type { RemovalOutcome } from './remove-objects.ts';

/** A namespace without a journal is a leftover when it is older: no test takes that long. */
const orphanAgeMs = 3_600_000;
/** A namespace is usually deleted within seconds. */
const defaultDeletionMs = 30_000;
const listMs = 5_000;
/** SIGKILL takes effect at once, unless disk or machine are stuck. */
const killMs = 2_000;
const maxListBytes = 64_000_000;

export interface SweepOptions {
  /** For requests outside the evidence; journals of runs on other clusters are ignored. */
  readonly ownKubeConfig: ClusterAccess;
  /** Absolute. */
  readonly stateFolder: string;
  /** After this a namespace that is being deleted is a failure (default: 30 s). */
  readonly deletionMs?: number;
}

/**
 * Kills the workers of an ended run and removes what they left.
 *
 * @param folder the run's folder
 */
export async function sweepRun(ownKubeConfig: ClusterAccess, folder: string): Promise<RemovalOutcome> {
  const { workers } = await readLeftovers(folder);
  const killed = workers.filter((worker) => signalProcess(worker, 'SIGKILL'));
  await Promise.all(killed.map((worker) => waitForExit(worker, killMs)));
  // Read again, now that nothing more is created.
  const { objects } = await readLeftovers(folder);
  const outcome = await removeObjects(ownKubeConfig, objects);
  if (outcome.failures.length === 0) markSwept(folder);
  return outcome;
}

/**
 * Removes what killed runs left in a cluster: objects in their journals, and labelled namespaces. The rules:
 *
 * - a run whose process lives and whose tests have not ended is ignored;
 * - objects in a journal are removed, by uid, when the run was of this machine and cluster;
 * - a namespace is removed when its labels name this state folder on this machine, and its run has ended, or is
 *   unknown (its journal was purged) and the namespace is older than an hour;
 * - everything else stays.
 *
 * A namespace that is being deleted for long is a failure, with what keeps it.
 */
export async function sweepDeadRuns(options: SweepOptions): Promise<RemovalOutcome> {
  const { ownKubeConfig, stateFolder, deletionMs = defaultDeletionMs } = options;
  const server = ownKubeConfig.getCurrentCluster()?.server;
  const removed: ClusterObject[] = [];
  const failures: string[] = [];
  const heads = new Map<string, RunHead>();
  for (const id of await listRuns(stateFolder)) {
    const folder = locateRun(stateFolder, id);
    const head = await readRunHead(folder).catch(() => null);
    if (head === null) continue;
    heads.set(id, head);
    if (
      isActive(head) ||
      head.owner !== createOwnerLabel(stateFolder) ||
      head.clusterServer !== server ||
      isSwept(folder)
    )
      continue;
    const outcome = await sweepRun(ownKubeConfig, folder);
    removed.push(...outcome.removed);
    failures.push(...outcome.failures);
  }
  const known = new Set(removed.map(({ uid }) => uid));
  const namespaces = await listOwnNamespaces(options);
  const forgotten = namespaces.filter(({ uid, run, createdAt, deletedAt }) => {
    if (known.has(uid) || deletedAt !== null) return false;
    const head = heads.get(run);
    return head === undefined ? Date.now() - createdAt > orphanAgeMs : !isActive(head);
  });
  const outcome = await removeObjects(ownKubeConfig, forgotten);
  const stuck = namespaces.flatMap(({ path, deletedAt, remaining }) =>
    deletedAt !== null && Date.now() - deletedAt > deletionMs
      ? [`${path.slice('/api/v1/'.length)}, deleted ${Math.round((Date.now() - deletedAt) / 1000)} s ago: ${remaining}`]
      : [],
  );
  return { removed: [...removed, ...outcome.removed], failures: [...failures, ...outcome.failures, ...stuck] };
}

/** Formats the outcome of a sweep; null: nothing was there. */
export function describeSweep({ removed, failures }: RemovalOutcome): string | null {
  const names = removed.slice(0, 3).map(({ path }) => path.split('/').slice(-2).join('/'));
  const more = removed.length > 3 ? ` and ${removed.length - 3} more` : '';
  const lines = [
    ...(removed.length === 0 ? [] : [`Removed leftovers of ended tests from the cluster: ${names.join(', ')}${more}.`]),
    ...failures.slice(0, 3).map((line) => `Still left in the cluster: ${line}`),
  ];
  return lines.length === 0 ? null : lines.join('\n');
}

/**
 * {@link sweepDeadRuns} for other commands: prints what was removed, and ignores a cluster that does not answer or
 * denies listing namespaces.
 */
export async function trySweep(options: SweepOptions, print: (text: string) => void): Promise<void> {
  try {
    const text = describeSweep(await sweepDeadRuns(options));
    if (text !== null) print(text);
  } catch (error) {
    print(`Leftovers of killed runs in the cluster were not removed: ${describeRequestError(error)}`);
  }
}

function isActive(head: RunHead): boolean {
  return head.endedAt === null && isAlive(head.process);
}

async function listRuns(stateFolder: string): Promise<string[]> {
  const entries = await readdir(join(stateFolder, 'runs'), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

interface OwnNamespace extends ClusterObject {
  readonly run: string;
  readonly createdAt: number;
  /** null: it is not being deleted. */
  readonly deletedAt: number | null;
  /** What keeps it while it is being deleted. */
  readonly remaining: string;
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

interface NamespaceList {
  readonly items?: readonly {
    readonly metadata?: {
      readonly name?: string;
      readonly uid?: string;
      readonly creationTimestamp?: string;
      readonly deletionTimestamp?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly status?: { readonly conditions?: readonly Condition[] };
  }[];
}

/** Lists namespaces with the labels of this state folder; none if listing is denied. */
async function listOwnNamespaces({ ownKubeConfig, stateFolder }: SweepOptions): Promise<OwnNamespace[]> {
  const { managedBy, run, owner } = namespaceLabels;
  const selector = encodeURIComponent(`${managedBy}=snoop,${run},${owner}=${createOwnerLabel(stateFolder)}`);
  const answer = await sendRaw(ownKubeConfig, {
    path: `/api/v1/namespaces?labelSelector=${selector}`,
    timeoutMs: listMs,
    maxBytes: maxListBytes,
  });
  if (answer.status !== 200) return [];
  const { items = [] } = answer.json() as NamespaceList;
  return items.flatMap(({ metadata = {}, status = {} }) => {
    const { name, uid, creationTimestamp = '', deletionTimestamp, labels = {} } = metadata;
    if (name === undefined || uid === undefined) return [];
    const path = `/api/v1/namespaces/${name}`;
    const deletedAt = deletionTimestamp === undefined ? null : Date.parse(deletionTimestamp);
    const remaining = describeRemaining(status.conditions ?? []);
    return [{ path, uid, run: labels[run] ?? '', createdAt: Date.parse(creationTimestamp), deletedAt, remaining }];
  });
}

/** Reads what keeps a namespace (Kubernetes: pkg/controller/namespace/deletion/status_condition_utils.go). */
function describeRemaining(conditions: readonly Condition[]): string {
  const problems = conditions.filter(({ type = '', status }) => type.startsWith('Namespace') && status === 'True');
  const finalizers = problems.find(({ type }) => type === 'NamespaceFinalizersRemaining');
  return (finalizers ?? problems[0])?.message ?? 'the cluster does not say what keeps it';
}
