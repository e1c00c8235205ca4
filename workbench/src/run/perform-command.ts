import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describeSystemError, isSystemError } from '@snoop/snoopdb';
import { openClusterAccess } from '../audited-cluster/cluster-access.ts';
import { appendTestLine, openWorkerJournal } from '../journal/journal.ts';
import type { RunContext } from '../journal/run-context.ts';
import { recordTest } from '../live-test/test-recording.ts';
import { createClientEnvironment } from '../proxy/client-environment.ts';
import { removeDeadClientFiles, writeClientFiles } from '../proxy/client-files.ts';
import type { ClientFiles } from '../proxy/client-files.ts';
import { findLeftProcesses } from '../proxy/left-processes.ts';
import { startProxy } from '../proxy/proxy-server.ts';
import type { RecordingProxy } from '../proxy/proxy-server.ts';
import { runClient } from '../proxy/run-client.ts';
import type { ClientEnd } from '../proxy/run-client.ts';
import { createCa } from '../sink/certificates.ts';
import { recordRun } from './record-run.ts';
import type { RecordOptions, RunOutcome } from './record-run.ts';

export interface CommandOptions extends RecordOptions {
  /** A program and its arguments. */
  readonly command: readonly string[];
  /** Of the one test in the run; part of the agent. */
  readonly name: string;
  /** What reports show instead of a test's file, without arguments. */
  readonly title: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the command's output goes. */
  readonly output: 'inherit' | 'ignore';
}

export interface CommandOutcome extends RunOutcome {
  readonly result: CommandResult;
}

export interface CommandResult extends ClientEnd {
  readonly refused: RecordingProxy['refused'];
}

/** A run of weeks is possible. */
const certificateDays = 366;
/** Connections of an ended process close at once. */
const closingMs = 500;
const testId = 'command';

/** Runs a command behind a proxy that records its requests, as a run of one test. @throws as {@link recordRun} */
export async function performCommand(options: CommandOptions): Promise<CommandOutcome> {
  await removeDeadClientFiles(options.stateFolder);
  return recordRun<CommandResult>(options, {
    perform: (context) => runBehindProxy(options, context),
    deriveState(result) {
      if (result?.exitCode === 0) return 'passed';
      return (result?.interrupted ?? options.signal.aborted) ? 'interrupted' : 'failed';
    },
  });
}

async function runBehindProxy(options: CommandOptions, context: RunContext): Promise<CommandResult> {
  const { command, name, title: file, cwd, progress } = options;
  const journal = openWorkerJournal(context.folder, { isSeparate: false });
  appendTestLine(context.folder, { kind: 'collected', test: testId, name, file });
  const test = { id: testId, name, file, try: 1 };
  const recording = recordTest(journal, context.runId, test, { isOtherProgram: true });
  const ca = await createCa(certificateDays, 'snoop exec');
  const certificate = await ca.issue({
    ...{ commonName: 'snoop exec', usage: 'server', names: ['127.0.0.1', 'localhost'], days: certificateDays },
  });
  const token = randomBytes(32).toString('hex');
  const access = openClusterAccess(context.kubeconfig, recording.stamp);
  const proxy = await startProxy({ access, certificate, token });
  const startedAt = new Date().toISOString();
  let ended: ClientEnd | null = null;
  let error: string | null = null;
  let files: ClientFiles | null = null;
  try {
    files = writeClientFiles(context.folder, context.kubeconfig, { url: proxy.url, token, ca: ca.certificate });
    const env = createClientEnvironment(options.env, { url: proxy.url, token }, files);
    ended = await runClient(command, { cwd, env, output: options.output }).catch((cause: unknown) => {
      progress.print(`snoop: The program cannot be started: ${describeSystemError(cause) ?? String(cause)}.`);
      return { exitCode: isSystemError(cause, 'ENOENT') ? 127 : 126, signal: null, interrupted: false };
    });
    error = describeEnd(ended);
    await reportLeftProcesses(proxy, progress.print);
    return { ...ended, refused: proxy.refused };
  } finally {
    await proxy.close();
    // The last answers' bodies are recorded after their end.
    await new Promise((resolve) => setImmediate(resolve));
    files?.remove();
    recording.end();
    const state = ended?.exitCode === 0 ? 'passed' : 'failed';
    const endedAt = new Date().toISOString();
    appendTestLine(context.folder, { kind: 'result', test: testId, state, error, tries: 1, startedAt, endedAt });
    journal.close();
  }
}

function describeEnd({ exitCode, signal }: ClientEnd): string | null {
  if (signal !== null) return `The command was ended by ${signal}.`;
  return exitCode === 0 ? null : `The command ended with exit code ${exitCode}.`;
}

async function reportLeftProcesses(proxy: RecordingProxy, print: (text: string) => void): Promise<void> {
  const open = await proxy.drain(closingMs);
  let left = findLeftProcesses(proxy.url);
  if (left.length > 0) {
    // Some may be about to end.
    await wait(closingMs);
    left = findLeftProcesses(proxy.url);
  }
  if (left.length > 0) {
    const names = left.slice(0, 5).map(({ name, pid }) => `${name} (${pid})`);
    if (left.length > names.length) names.push(`${left.length - names.length} more`);
    print(`snoop: The command ended and left processes, which lose the proxy now: ${names.join(', ')}.`);
  } else if (open > 0) {
    print(`snoop: The command ended and left ${open} open requests, which end with the proxy now.`);
  }
}
