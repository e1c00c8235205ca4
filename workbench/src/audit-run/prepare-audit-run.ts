import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { readDataSet } from '../coverage-files/data-set.ts';
import { SnoopError } from '../errors.ts';
import { chooseLimits } from '../evidence/outage.ts';
import { createRunId } from '../journal/run-id.ts';
import { chooseBaseline } from '../run/choose-baseline.ts';
import type { AuditRunOptions } from './audit-run-options.ts';
import { chooseDocument } from './choose-document.ts';
import { readClusterPolicy } from './cluster-policy.ts';
import { beginObservation, type ObservationOptions } from './observation.ts';

/** A run that is observed, before its suite runs. */
export type PreparedRun = Awaited<ReturnType<typeof prepareRun>>;

/**
 * Finds the cluster's version and document, and begins to observe its API servers.
 *
 * @throws SnoopError `no_events`, `no_document`, `cluster_unreachable`, `wrong_use`
 */
export async function prepareRun(options: AuditRunOptions) {
  const { target, pool, progress, signal, waitMs } = options;
  const startedAt = new Date();
  const runId = createRunId(startedAt);
  const ownKubeConfig = openOwnKubeConfig(target.kubeconfig);
  const release = await fetchClusterVersion(ownKubeConfig, target.server);
  const commit = await fetchCommit(options);
  if (target.kind !== 'local') await chooseBaseline(pool, release, progress);
  const document = await chooseDocument(pool, release);
  await checkCompared(options);
  const policy = readClusterPolicy(options.policyFile, options, document.operations);
  const limits = chooseLimits(target.kind === 'local', waitMs);
  const observing: ObservationOptions = { target, pool, runId, limits, progress, signal };
  const observation = await beginObservation(observing);
  const sources = [...new Set(observation.moments.map(({ source }) => source))].sort();
  const cluster = { ownKubeConfig, version: release, server: target.server, sources };
  await refreshClusterDocument(pool, cluster);
  return { runId, startedAt, release, commit, document, policy, observing, observation, cluster };
}

/** A mistyped --compare must not be found after the suite. Stdin can be read only once. */
async function checkCompared({ pool, compare, cwd, signal }: AuditRunOptions): Promise<void> {
  if (compare === null || compare === '-') return;
  await readDataSet(pool, compare, { cwd, signal, pipedTo: 'snoop audit-run --compare -' });
}

async function fetchCommit({ target }: AuditRunOptions): Promise<string | null> {
  const answer = await sendRaw(openOwnKubeConfig(target.kubeconfig), { path: '/version', timeoutMs: 15_000 });
  const value: unknown = answer.status === 200 ? answer.json() : null;
  return typeof value === 'object' && value !== null && 'gitCommit' in value ? String(value.gitCommit) : null;
}

/** By the UID of kube-system, which is the same for every address of a cluster. */
export async function identifyCluster({ kubeconfig, server }: Target): Promise<string> {
  const path = '/api/v1/namespaces/kube-system';
  try {
    const answer = await sendRaw(openOwnKubeConfig(kubeconfig), { path, timeoutMs: 15_000 });
    const { metadata }: { metadata?: { uid?: unknown } } = answer.status === 200 ? Object(answer.json()) : {};
    return typeof metadata?.uid === 'string' ? metadata.uid : server;
  } catch (error) {
    // The next request explains it.
    if (error instanceof SnoopError) return server;
    throw error;
  }
}
