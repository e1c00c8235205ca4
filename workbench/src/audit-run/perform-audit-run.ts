import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, thisProcess } from '@snoop/snoopdb';
import type { AuditRunOptions, AuditRunResult, RunSuite } from './audit-run-options.ts';
import { createBegunFile } from './begun-run.ts';
import { begunFileName } from './folder/run-file.ts';
import { type PreparedRun, prepareRun } from './prepare-audit-run.ts';
import { RunDraft } from './run-draft.ts';
import { createSuiteEnvironment, fillCommand } from './suite-environment.ts';
import { runSuite } from './suite-process.ts';
import { writeRun } from './write-audit-run.ts';

/**
 * Runs a suite against a cluster that reports to SnoopDB, waits until every audit event is stored, and writes the folder
 * of the run.
 *
 * @throws SnoopError before the suite runs: `no_events`, `no_document`, `cluster_unreachable`, `wrong_use`; afterwards
 *   `unwritable`
 */
export async function performAuditRun(options: AuditRunOptions): Promise<AuditRunResult> {
  const draft = RunDraft.create(options.out);
  let hasRun = false;
  try {
    const prepared = await prepareRun(options);
    const writeBegun = (pid: number | null): void =>
      draft.writeJson(begunFileName, createBegun(options, prepared, pid));
    writeBegun(null);
    const suite = await runCommand(options, draft, writeBegun);
    hasRun = true;
    return await writeRun(options, draft, prepared, suite);
  } catch (error) {
    if (!hasRun) draft.remove();
    throw error;
  }
}

/** @param suite the pid of the suite's first process */
function createBegun(options: AuditRunOptions, prepared: PreparedRun, suite: number | null): object {
  const { runId, startedAt, release, commit, observation } = prepared;
  return createBegunFile({
    ...{ process: thisProcess(), suite: suite === null ? null : identifyProcess(suite) },
    ...{ id: runId, startedAt: startedAt.toISOString(), server: options.target.server, release, commit },
    observation: { ...observation, startedAt: observation.startedAt.toISOString() },
    ...{ command: options.command, resumes: options.earlier?.folder ?? null },
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
    return { ...end, command: options.command, seconds: (performance.now() - began) / 1000 };
  } finally {
    process.off('exit', removeFolder);
    removeFolder();
  }
}
