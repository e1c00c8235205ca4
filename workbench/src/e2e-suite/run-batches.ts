import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Batch } from './batches.ts';
import { listSuiteArguments, nameBatch } from './suite-arguments.ts';

/** What a process needs to run all batches. */
export interface SuiteRun {
  /** The path of e2e.test. */
  readonly program: string;
  /** The suite's description. */
  readonly suite: string;
  readonly batches: readonly Batch[];
  readonly parallel: number;
  /** Whether no container runs on the nodes. */
  readonly simulated: boolean;
}

/** The exit code of a process, or the signal that ended it. */
export type BatchEnd = number | NodeJS.Signals;

export interface RunOptions {
  /** It has the cluster in KUBECONFIG. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For JUnit and the output of each process. */
  readonly reportFolder: string;
  /**
   * Aborted by a signal to the process group, which the processes of e2e.test get, too: Ginkgo ends its specs and writes
   * JUnit.
   */
  readonly signal: AbortSignal;
  /** Called when a process ends, with its number from 1 and its exit code, or signal. */
  readonly onEnd: (batch: number, end: BatchEnd) => void;
}

/**
 * Runs the batches, `parallel` processes at a time, then the serial ones. After an abort, no batch
 * starts.
 *
 * @returns 0 if all processes ended with 0; 128 + n if signal n ended one, so that its specs are unknown; else 1
 */
export async function runBatches(run: SuiteRun, options: RunOptions): Promise<number> {
  const numbered = run.batches.map((batch, at) => ({ ...batch, number: at + 1 }));
  let exitCode = 0;
  const work = async (queue: typeof numbered): Promise<void> => {
    for (let batch = queue.shift(); batch !== undefined && !options.signal.aborted; batch = queue.shift()) {
      const end = await runBatch(run, batch, options);
      options.onEnd(batch.number, end);
      exitCode = Math.max(exitCode, typeof end === 'string' ? 128 + constants.signals[end] : Math.min(end, 1));
    }
  };
  const queue = numbered.filter(({ isSerial }) => !isSerial);
  await Promise.all(Array.from({ length: run.parallel }, () => work(queue)));
  await work(numbered.filter(({ isSerial }) => isSerial));
  return Math.max(exitCode, options.signal.aborted ? 1 : 0);
}

async function runBatch(
  { program, suite, simulated }: SuiteRun,
  { specs, number }: Batch & { readonly number: number },
  { env, reportFolder }: RunOptions,
): Promise<BatchEnd> {
  mkdirSync(reportFolder, { recursive: true });
  const log = openSync(join(reportFolder, `e2e_${nameBatch(number)}.log`), 'a');
  const args = listSuiteArguments({ suite, specs, simulated, reportFolder, batch: number });
  const child = spawn(program, args, { env, cwd: reportFolder, stdio: ['ignore', log, log] });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 1));
  });
}
