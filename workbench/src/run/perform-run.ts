import { rm } from 'node:fs/promises';
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
import { SnoopError } from '../errors.ts';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import { createOwnerLabel } from '../removal/owner.ts';
import { describeSweep, trySweep, sweepRun } from '../removal/sweep.ts';
import type { VitestRunResult } from '../vitest-run/run-vitest.ts';
import { chooseBaseline } from './choose-baseline.ts';
import { runTests } from './run-tests.ts';
import type { TestRunOptions } from './run-tests.ts';
import { storeRun } from './store-run.ts';

export interface RunOptions extends TestRunOptions {
  readonly target: Target;
  readonly database: OpenDatabase;
  /** An existing namespace for all tests; null: each test gets its own. */
  readonly namespace?: string | null | undefined;
  readonly author: string | null;
  readonly origin: RunOrigin;
  /** Limits of the wait for evidence (default: by the kind of target). */
  readonly limits?: EvidenceLimits;
}

export interface RunOutcome {
  readonly runId: string;
  readonly state: 'passed' | 'failed' | 'interrupted';
  readonly evidence: Evidence;
  readonly record: RunRecord;
}

/**
 * Runs test files against a cluster and stores run and evidence in SnoopDB. The journal in the state folder is written
 * first, so `snoop report` finds the run there if the database or this process fails.
 *
 * @throws SnoopError `cluster_unreachable` before anything ran; `no_test_matches`, and then the run is deleted;
 *   `database_away` when SnoopDB did not return within the limit, with the command that prints the report later
 */
export async function performRun(options: RunOptions): Promise<RunOutcome> {
  const cluster = await prepareCluster(options);
  const { ownKubeConfig } = cluster;
  await trySweep({ ownKubeConfig, stateFolder: options.stateFolder }, options.progress.print);
  const head = await createHead(options, cluster);
  const folder = createJournal(options.stateFolder, head);
  const documents = await startDocumentWatch(options, cluster);

  let tests: VitestRunResult | null = null;
  try {
    tests = await runTests(options, {
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
    const state = deriveState(tests, options.signal);
    writeRunHead(folder, { ...head, state, endedAt: new Date().toISOString() });
  }

  if (options.testNamePattern && !tests.interrupted && tests.errors === 0) {
    await refuseNoMatch(folder, options.testNamePattern, tests.names);
  }
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
  return {
    runId: head.id,
    state: deriveState(tests, options.signal),
    evidence,
    record,
  };
}

async function refuseNoMatch(folder: string, pattern: RegExp, names: readonly string[]): Promise<void> {
  if (names.some((name) => pattern.test(name))) return;
  await rm(folder, { recursive: true, force: true });
  throw new SnoopError('no_test_matches', `No test matches ${pattern}.`, {
    exitCode: 2,
    advice: [didYouMean(findNearest(pattern.source, names, 3)) || describeNames(names)],
  });
}

function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'These files contain no test.';
  return `They contain: ${names.slice(0, 3).join(' · ')}${names.length > 3 ? ' …' : ''}`;
}

async function prepareCluster({ target, database, progress }: RunOptions): Promise<ClusterInRun> {
  const ownKubeConfig = openOwnKubeConfig(target.kubeconfig);
  const version = await fetchClusterVersion(ownKubeConfig, target.server);
  // The local control plane chose its baseline at its start.
  if (target.kind !== 'local') await chooseBaseline(database.pool, version, progress);
  return { ownKubeConfig, version, server: target.server, sources: target.stateCluster?.sources ?? [] };
}

async function createHead(
  { author, origin, cwd, database, target, stateFolder }: RunOptions,
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
async function startDocumentWatch({ database: { pool } }: RunOptions, cluster: ClusterInRun): Promise<DocumentWatch> {
  const { sources, version, ownKubeConfig } = cluster;
  const [first] = sources;
  if (first === undefined) return watchDocument(ownKubeConfig, null, null);
  const known = await readClusterDocument(pool, first);
  return watchDocument(ownKubeConfig, known?.etag ?? null, async (fetched) => {
    for (const source of sources) await loadClusterDocument(pool, { source, version, ...fetched });
  });
}

function deriveState(tests: VitestRunResult | null, signal: AbortSignal): RunOutcome['state'] {
  if (tests?.interrupted ?? signal.aborted) return 'interrupted';
  return tests?.passed ? 'passed' : 'failed';
}
