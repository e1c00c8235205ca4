import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRunOptions, AuditRunResult, RunSuite } from './audit-run-options.ts';
import { prepareRun } from './prepare-audit-run.ts';
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
    const suite = await runCommand(options, draft);
    hasRun = true;
    return await writeRun(options, draft, prepared, suite);
  } catch (error) {
    if (!hasRun) draft.remove();
    throw error;
  }
}

async function runCommand(options: AuditRunOptions, draft: RunDraft): Promise<RunSuite> {
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
    const end = await runSuite(command, { cwd, env: suiteEnv, stdout, stderr, logs });
    await options.onSuite?.('ended');
    return { ...end, command: options.command, seconds: (performance.now() - began) / 1000 };
  } finally {
    process.off('exit', removeFolder);
    removeFolder();
  }
}
