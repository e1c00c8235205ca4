import { existsSync } from 'node:fs';
import {
  isAlive,
  listOrphans,
  type ProcessIdentity,
  signalProcess,
  waitForExit,
  withAuditRunLock,
} from '@snoop/snoopdb';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { chooseLimits } from '../evidence/outage.ts';
import type { Progress } from '../progress.ts';
import type { AuditRunOptions } from './audit-run-options.ts';
import type { BegunRun } from './begun-run.ts';
import { chooseDocument } from './choose-document.ts';
import { readClusterPolicy } from './cluster-policy.ts';
import { identifyCluster } from './prepare-audit-run.ts';
import { draftOf, RunDraft } from './run-draft.ts';
import { writeRun } from './write-audit-run.ts';

/** Ginkgo ends its specs when the suite's parent is gone, which takes up to half a minute. */
const suiteEndMs = 60_000;
const sigkill = 137;

type RecoverOptions = Omit<AuditRunOptions, 'command'>;

/**
 * Writes the folder of a run whose process was killed, as that of an interrupted run: its events are in SnoopDB, its JUnit
 * is in the draft. Does nothing if another process wrote it meanwhile.
 *
 * @param options of the killed run; `out` is the folder that it would have written
 * @throws as performAuditRun
 */
export async function recoverRun(options: RecoverOptions, begun: BegunRun): Promise<void> {
  // Requests of another audit run would count in this one, which ends only now.
  await withAuditRunLock(options.pool, await identifyCluster(options.target), async () => {
    if (existsSync(draftOf(options.out))) await writeKilledRun(options, begun);
  });
}

async function writeKilledRun(options: RecoverOptions, begun: BegunRun): Promise<void> {
  const { out, pool, target, progress, signal, waitMs } = options;
  const { id, release, commit, command, observation } = begun;
  if (begun.suite !== null) await waitForSuite(begun.suite, progress);
  const startedAt = new Date(begun.startedAt);
  const document = await chooseDocument(pool, release);
  const sources = [...new Set(observation.moments.map(({ source }) => source))].sort();
  await writeRun(
    { ...options, command },
    RunDraft.reopen(out),
    {
      ...{ runId: id, startedAt, release, commit },
      ...{ document, policy: readClusterPolicy(options.policyFile, options, document.operations) },
      observing: { target, pool, runId: id, limits: chooseLimits(target.kind === 'local', waitMs), progress, signal },
      observation: { ...observation, startedAt: new Date(observation.startedAt) },
      cluster: {
        ownKubeConfig: openOwnKubeConfig(target.kubeconfig),
        version: release,
        server: target.server,
        sources,
      },
    },
    {
      ...{ command, exitCode: sigkill, signal: 'SIGKILL', interrupted: true, logProblem: null, notes: [] },
      seconds: (Date.now() - startedAt.getTime()) / 1000,
    },
  );
}

/** The suite is in a process group of its own, so it outlives a killed run. */
async function waitForSuite(leader: ProcessIdentity, progress: Progress): Promise<void> {
  const list = (): ProcessIdentity[] => (isAlive(leader) ? [leader] : listOrphans(leader, ['e2e.test']));
  if (list().length === 0) return;
  await progress.step('Waiting for the suite of the killed run', async () => {
    const until = performance.now() + suiteEndMs;
    for (let [one] = list(); one !== undefined; [one] = list()) {
      const left = until - performance.now();
      if (left > 0 && (await waitForExit(one, left))) continue;
      signalProcess(one, 'SIGKILL');
      await waitForExit(one, suiteEndMs);
    }
  });
}
