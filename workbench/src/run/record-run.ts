import { loadClusterDocument, readClusterDocument, thisProcess } from '@snoop/snoopdb';
import type { RunOrigin, RunRecord } from '@snoop/snoopdb';
import { watchDocument } from '../audited-cluster/cluster-document.ts';
import type { ClusterInRun, DocumentWatch } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendSourceProbe } from '../audited-cluster/source-probe.ts';
import { liveTestPrefix } from '../audited-cluster/user-agent.ts';
import type { OpenDatabase } from '../cluster-choice/open-database.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { chooseLimits } from '../evidence/outage.ts';
import type { EvidenceLimits } from '../evidence/outage.ts';
import type { Evidence } from '../evidence/wait-for-evidence.ts';
import { createJournal, writeRunHead } from '../journal/journal.ts';
import type { RunHead } from '../journal/journal-lines.ts';
import { createRunId } from '../journal/run-id.ts';
import type { RunContext } from '../journal/run-context.ts';
import type { Progress } from '../progress.ts';
import { createOwnerLabel } from '../removal/owner.ts';
import { describeSweep, trySweep, sweepRun } from '../removal/sweep.ts';
import { chooseBaseline } from './choose-baseline.ts';
import { storeRun } from './store-run.ts';

export interface RecordOptions {
  readonly target: Target;
  readonly database: OpenDatabase;
  readonly stateFolder: string;
  /** An existing namespace for all tests; null: each test gets its own. */
  readonly namespace?: string | null | undefined;
  readonly author: string | null;
  readonly origin: RunOrigin;
  /** Paths of files are relative to it. */
  readonly cwd: string;
  readonly progress: Progress;
  /** Ends the run; what ran is kept. */
  readonly signal: AbortSignal;
  /** Limits of the wait for evidence (default: by the kind of target). */
  readonly limits?: EvidenceLimits;
}

export type EndState = 'passed' | 'failed' | 'interrupted';

export interface RunOutcome {
  readonly runId: string;
  readonly state: EndState;
  readonly evidence: Evidence;
  readonly record: RunRecord;
}

/** What happens in a run: writes tests and requests into its journal. */
export interface RunWork<T> {
  perform(context: RunContext): Promise<T>;
  /** @param result null: `perform` failed */
  deriveState(result: T | null): EndState;
  /** Called before the run is stored; a throw ends it there. */
  check?(result: T, folder: string): Promise<void>;
}

/**
 * Records a run: prepares the cluster, lets `work` fill the journal, and stores run and evidence in SnoopDB. The journal
 * in the state folder is written first, so `snoop report` finds the run there if the database or this process fails.
 *
 * @throws SnoopError `cluster_unreachable` before anything ran; `database_away` when SnoopDB did not return within the
 *   limit, with the command that prints the report later
 */
export async function recordRun<T>(options: RecordOptions, work: RunWork<T>): Promise<RunOutcome & { result: T }> {
  const cluster = await prepareCluster(options);
  const { ownKubeConfig } = cluster;
  await trySweep({ ownKubeConfig, stateFolder: options.stateFolder }, options.progress.print);
  const head = await createHead(options, cluster);
  const folder = createJournal(options.stateFolder, head);
  const documents = await startDocumentWatch(options, cluster);

  let result: T | null = null;
  try {
    result = await work.perform({
      runId: head.id,
      folder,
      kubeconfig: options.target.kubeconfig,
      serviceAccounts: options.target.stateCluster?.serviceAccounts ?? true,
      owner: head.owner,
      namespace: options.namespace ?? null,
    });
  } finally {
    await documents.stop();
    const left = describeSweep(await sweepRun(ownKubeConfig, folder));
    if (left !== null) options.progress.print(left);
    writeRunHead(folder, { ...head, state: work.deriveState(result), endedAt: new Date().toISOString() });
  }

  await work.check?.(result, folder);
  const { evidence, record } = await storeRun({
    pool: options.database.pool,
    folder,
    cluster,
    documents: documents.unstored,
    auditlogger: options.target.stateCluster?.auditlogger ?? null,
    limits: options.limits ?? chooseLimits(options.target.kind === 'local'),
    progress: options.progress,
    signal: options.signal,
  });
  return { runId: head.id, state: work.deriveState(result), evidence, record, result };
}

async function prepareCluster({ target, database, progress }: RecordOptions): Promise<ClusterInRun> {
  const ownKubeConfig = openOwnKubeConfig(target.kubeconfig);
  const version = await fetchClusterVersion(ownKubeConfig, target.server);
  // The local control plane chose its baseline at its start.
  if (target.kind !== 'local') await chooseBaseline(database.pool, version, progress);
  return { ownKubeConfig, version, server: target.server, sources: target.stateCluster?.sources ?? [] };
}

async function createHead(
  { author, origin, cwd, database, target, stateFolder }: RecordOptions,
  cluster: ClusterInRun,
): Promise<RunHead> {
  const startedAt = new Date();
  const id = createRunId(startedAt);
  return {
    id,
    startedAt: startedAt.toISOString(),
    endedAt: null,
    state: 'running',
    author,
    agent: liveTestPrefix,
    sources: cluster.sources,
    sourceProbe: cluster.sources.length > 0 ? null : await sendSourceProbe(target.kubeconfig, id),
    clusterVersion: cluster.version,
    clusterServer: cluster.server,
    origin,
    cwd,
    database: database.key,
    process: thisProcess(),
    owner: createOwnerLabel(stateFolder),
    saved: false,
  };
}

/** While the sources of the cluster's events are unknown, new documents are kept until the end of the run. */
async function startDocumentWatch(
  { database: { pool } }: RecordOptions,
  cluster: ClusterInRun,
): Promise<DocumentWatch> {
  const { sources, version, ownKubeConfig } = cluster;
  const [first] = sources;
  if (first === undefined) return watchDocument(ownKubeConfig, null, null);
  const known = await readClusterDocument(pool, first);
  return watchDocument(ownKubeConfig, known?.etag ?? null, async (fetched) => {
    for (const source of sources) await loadClusterDocument(pool, { source, version, ...fetched });
  });
}
