import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, thisProcess, toError, withAuditRunLock } from '@snoop/snoopdb';
import type { AuditRunOptions, AuditRunResult, RunSuite } from './audit-run-options.ts';
import { createBegunFile } from './begun-run.ts';
import { begunFileName, type RunCounters } from './folder/run-file.ts';
import { identifyCluster, type PreparedRun, prepareRun } from './prepare-audit-run.ts';
import { RunDraft } from './run-draft.ts';
import { createSuiteEnvironment, fillCommand } from './suite-environment.ts';
import { runSuite } from './suite-process.ts';
import { describeRun, writeRun } from './write-audit-run.ts';

/**
 * Runs a suite against a cluster that reports to SnoopDB, waits until every audit event is stored, and writes the folder
 * of the run. Once the suite has begun there is a folder, whatever happens: a run that is not whole says so.
 *
 * @throws SnoopError before the suite runs: `no_events`, `no_document`, `cluster_unreachable`, `wrong_use`,
 *   `other_audit_run`; afterwards `unwritable`
 */
export async function performAuditRun(options: AuditRunOptions): Promise<AuditRunResult> {
  const draft = RunDraft.create(options.out);
  let suite: RunSuite | null = null;
  try {
    return await withAuditRunLock(options.pool, await identifyCluster(options.target), async () => {
      const prepared = await prepareRun(options);
      const writeBegun = (pid: number | null): void =>
        draft.writeJson(begunFileName, createBegun(options, prepared, pid));
      writeBegun(null);
      suite = await runCommand(options, draft, writeBegun);
      return finishRun(options, draft, prepared, suite);
    });
  } catch (error) {
    if (suite === null) draft.remove();
    throw error;
  }
}

/**
 * Writes the folder. A first signal ends the waiting. After a second one, which ends the process, or an error, the folder
 * has what was there, and says why.
 */
async function finishRun(
  options: AuditRunOptions,
  draft: RunDraft,
  prepared: PreparedRun,
  suite: RunSuite,
): Promise<AuditRunResult> {
  const { progress, signal } = options;
  const abandon = (why: string): void => {
    const facts = { reasons: [why], gateExitCode: null, counters: unknownCounters };
    try {
      draft.abandon((files) => describeRun(options, prepared, suite, { ...facts, files }));
    } catch {
      // Without run.json, no command takes the folder for a run.
    }
  };
  const onExit = (): void => abandon('The run was interrupted while its folder was written.');
  const onAbort = (): void =>
    progress.print('interrupted: writing what is stored; press Ctrl-C again to end without it');
  process.once('exit', onExit);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await writeRun(options, draft, prepared, suite);
  } catch (error) {
    abandon(`The folder could not be written: ${toError(error).message}`);
    throw error;
  } finally {
    process.off('exit', onExit);
    signal.removeEventListener('abort', onAbort);
  }
}

const unknownCounters: RunCounters = { sent: null, errors: null, stored: 0, rejected: 0, uncertain: 0 };

/** @param suite the pid of the suite's first process */
function createBegun(options: AuditRunOptions, prepared: PreparedRun, suite: number | null): object {
  const { runId, startedAt, release, commit, observation } = prepared;
  return createBegunFile({
    ...{ process: thisProcess(), suite: suite === null ? null : identifyProcess(suite) },
    ...{ id: runId, startedAt: startedAt.toISOString(), server: options.target.server, release, commit },
    observation: { ...observation, startedAt: observation.startedAt.toISOString() },
    ...{ command: options.shownCommand ?? options.command, resumes: options.earlier?.folder ?? null },
  });
}

async function runCommand(
  options: AuditRunOptions,
  draft: RunDraft,
  onStart: (pid: number) => void,
): Promise<RunSuite> {
  const { target, env, cwd, stdout, stderr } = options;
  // With credentials, so not in the folder of the run.
  const folder = mkdtempSync(join(tmpdir(), 'snoop-audit-run-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  try {
    const reportFolder = draft.path('report');
    const suiteEnv = createSuiteEnvironment(env, target.kubeconfig, { folder, reportFolder });
    const command = fillCommand(options.command, reportFolder);
    options.signal.throwIfAborted();
    const began = performance.now();
    const logs = { stdout: draft.path('logs/stdout.log'), stderr: draft.path('logs/stderr.log') };
    await options.onSuite?.('begins');
    const end = await runSuite(command, { cwd, env: suiteEnv, stdout, stderr, logs, onStart });
    await options.onSuite?.('ended');
    return { ...end, command: options.shownCommand ?? options.command, seconds: (performance.now() - began) / 1000 };
  } finally {
    process.off('exit', removeFolder);
    removeFolder();
  }
}
