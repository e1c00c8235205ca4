import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSystemError, type ProcessIdentity, runProgram } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import type { RunContext } from '../../journal/run-context.ts';
import { escapeControlCharacters } from '../../output/control-characters.ts';
import { createIsolatedEnvironment } from './isolated-environment.ts';
import type { IsolatedFolder } from './isolated-folder.ts';
import type { IsolatedJob } from './job.ts';
import { writeIsolatedKubeconfig } from './write-kubeconfig.ts';

const program = fileURLToPath(new URL('../../../bin/snoop.js', import.meta.url));

/** To stop at the limit of a run, and at Ctrl-C. */
const graceMs = 15_000;
const maxLines = 2_000;
const maxLineCharacters = 1_000;

export interface IsolatedTests {
  readonly folder: IsolatedFolder;
  /** Relative to the folder of the tests. */
  readonly testFiles: readonly string[];
  readonly testTimeoutMs: number | undefined;
  readonly runTimeoutMs: number;
  /** The user's, of which few variables are passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Receives the output of the tests, without control characters. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs tests in a separate process, which gets no credentials except those of the cluster, and no terminal. Processes that
 * the tests leave in its group are killed.
 *
 * @param context with the kubeconfig of the user
 * @returns whether all tests passed
 */
export async function runIsolatedTests(options: IsolatedTests, context: RunContext): Promise<boolean> {
  const { folder, testFiles, testTimeoutMs = null, runTimeoutMs, env, print, signal } = options;
  const kubeconfig = await writeIsolatedKubeconfig(folder.kubeconfig, context.kubeconfig);
  const job: IsolatedJob = {
    context: { ...context, kubeconfig },
    files: testFiles.map((file) => join(folder.tests, file)),
    tests: folder.tests,
    state: folder.state,
    testTimeoutMs,
    runTimeoutMs,
  };
  await writeFile(folder.job, JSON.stringify(job), { flag: 'wx', mode: 0o600 });
  const started: ProcessIdentity[] = [];
  try {
    const { exitCode, stderr } = await runProgram(process.execPath, [program, 'run-tests', folder.job], {
      cwd: folder.tests,
      env: createIsolatedEnvironment(env, folder),
      signal,
      timeoutMs: runTimeoutMs + 2 * graceMs,
      graceMs,
      onLine: limitLines(print),
      onStart: (identity) => void started.push(identity),
    });
    if (exitCode === 0 || exitCode === 1) return exitCode === 0;
    if (exitCode === null) throw new SnoopError('review_failed', 'The process that ran the tests was killed.');
    throw new SnoopError('review_failed', 'The tests could not be started.', {
      advice: [escapeControlCharacters(stderr.trim().split('\n').at(-1) ?? '').slice(0, maxLineCharacters)],
    });
  } finally {
    for (const leader of started) killGroup(leader);
  }
}

/** Prints so many lines of a test's output, each up to a length. */
function limitLines(print: (line: string) => void): (line: string) => void {
  let lines = 0;
  return (line) => {
    lines += 1;
    if (lines > maxLines) return;
    const text = escapeControlCharacters(line.replaceAll('\t', '  '));
    print(text.length > maxLineCharacters ? `${text.slice(0, maxLineCharacters)} …` : text);
    if (lines === maxLines) print('… more output is not shown.');
  };
}

/** The group keeps its number as long as it has a process. */
function killGroup({ pid }: ProcessIdentity): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
