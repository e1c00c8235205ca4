import { findRun, resolveAgain, settleRun } from '@snoop/snoopdb';
import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { OpenDatabase } from '../cluster-choice/open-database.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { isPermissionDenied } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { awaitResolution, unresolvedNote } from './await-resolution.ts';
import { importPendingRuns } from './pending-runs.ts';

export interface PrepareOptions {
  readonly database: OpenDatabase;
  readonly stateFolder: string;
  /** null: no cluster; the report uses what is stored. */
  readonly target: Target | null;
  readonly progress: Progress;
}

/**
 * Prepares a run for its report: imports pending journals, updates the cluster's OpenAPI document, resolves unresolved
 * requests again and settles the runs. Does not wait for evidence.
 *
 * @param wanted a run's id or its beginning; null: the newest
 * @returns the run's id
 * @throws SnoopDbError `unknown_run`, which names the nearest
 */
export async function prepareRun(wanted: string | null, options: PrepareOptions): Promise<string> {
  const { database, stateFolder, target, progress } = options;
  const imported = await importPendingRuns(database.pool, stateFolder, database.key);
  for (const id of imported) progress.print(`run ${id} was imported from its journal`);
  const runId = await findRun(database.pool, wanted);
  if (target?.stateCluster) await refreshDocument(target, target.stateCluster.sources, options);
  await resolveAgain(database.pool).catch((error: unknown) => {
    if (!isPermissionDenied(error)) throw error;
  });
  for (const id of new Set([...imported, runId])) {
    if (!(await awaitResolution(database.pool, id))) progress.print(unresolvedNote);
    await settleRun(database.pool, id);
  }
  return runId;
}

/** A report must not fail because the cluster does not answer. */
async function refreshDocument(
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
      `the cluster's OpenAPI document was not updated: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
