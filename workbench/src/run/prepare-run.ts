import { findRun, resolveAgain, settleRun } from '@snoop/snoopdb';
import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { OpenDatabase } from '../cluster-choice/open-database.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { isPermissionDenied } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { awaitResolution, unresolvedStay } from './await-resolution.ts';
import { importPendingRuns } from './pending-runs.ts';

export interface PrepareOptions {
  readonly database: OpenDatabase;
  readonly stateFolder: string;
  /** null: no cluster runs here and none is named; what is stored already is reported all the same. */
  readonly target: Target | null;
  readonly progress: Progress;
}

/**
 * Makes a run ready to be reported: journals that never reached SnoopDB are imported, endpoints that the cluster
 * published since then are taken over, requests that did not resolve are resolved again, and the evidence of these runs is
 * kept. Nothing is waited for.
 *
 * @param wanted a run's id or the beginning of one; null: the newest
 * @returns the run's id
 * @throws SnoopDbError `unknown_run`, which names the nearest
 */
export async function prepareRun(wanted: string | null, options: PrepareOptions): Promise<string> {
  const { database, stateFolder, target, progress } = options;
  const imported = await importPendingRuns(database.pool, stateFolder, database.key);
  for (const id of imported) {
    progress.print(`run ${id} was read from its journal`);
  }
  const runId = await findRun(database.pool, wanted);
  if (target?.stateCluster) await refreshFrom(target, target.stateCluster.sources, options);
  await resolveAgain(database.pool).catch((error: unknown) => {
    if (!isPermissionDenied(error)) throw error;
  });
  for (const id of new Set([...imported, runId])) {
    if (!(await awaitResolution(database.pool, id))) progress.print(unresolvedStay);
    await settleRun(database.pool, id);
  }
  return runId;
}

/** A report must not fail because the cluster is gone. */
async function refreshFrom(
  target: Target,
  sources: readonly string[],
  { database, progress }: PrepareOptions,
): Promise<void> {
  try {
    const ownKubeConfig = openOwnKubeConfig(target.kubeconfig);
    const version = await fetchClusterVersion(ownKubeConfig, target.server);
    await refreshClusterDocument(database.pool, { ownKubeConfig, version, server: target.server, sources });
  } catch (error) {
    progress.print(
      `the cluster's OpenAPI document was not taken over: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
