import { join } from 'node:path';
import { appendTestLine } from '../journal/journal.ts';
import type { TestLine } from '../journal/journal-lines.ts';
import type { RunContext } from '../journal/run-context.ts';
import type { RunningTest } from '../journal/running-tests.ts';
import type { Progress } from '../progress.ts';
import { runVitest } from '../vitest-run/run-vitest.ts';
import type { VitestRunOptions, VitestRunResult } from '../vitest-run/run-vitest.ts';
import { describeTest, watchHangingTests } from './hanging-tests.ts';

export interface TestRunOptions {
  readonly stateFolder: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Only tests whose full name matches. */
  readonly testNamePattern?: RegExp;
  /** For each test and hook without its own timeout (default: as {@link runVitest}). */
  readonly testTimeoutMs?: number;
  /** For all tests together; then the run is ended, and what ran is stored and reported. */
  readonly runTimeoutMs?: number;
  /** Print API errors in full (default: false). */
  readonly verbose?: boolean;
  /** Paths of files are printed relative to it. */
  readonly cwd: string;
  /** For the output of vitest and the tests. */
  readonly output: NodeJS.WritableStream;
  readonly progress: Progress;
  /** Ends the run; what ran is kept. */
  readonly signal: AbortSignal;
  readonly onFiles?: VitestRunOptions['onFiles'];
}

/**
 * Runs the tests of a run within their limits and writes how each ended into its journal.
 *
 * @returns vitest's result; a run ended by its limit has failed and is not interrupted
 */
export async function runTests(options: TestRunOptions, context: RunContext): Promise<VitestRunResult> {
  const journal = new TestJournal(context.folder);
  const { print } = options.progress;
  const hanging = watchHangingTests({
    folder: context.folder,
    print,
    onKill: (test, error) => journal.fail(test, error),
  });
  const limit = new AbortController();
  const onLimit = (): void => {
    const limitText = `limit of ${(options.runTimeoutMs ?? 0) / 1000} s (--run-timeout)`;
    for (const test of hanging.list()) {
      const error = `it still ran when the run reached its ${limitText}`;
      print(`${describeTest(test)}: ${error}`);
      journal.fail(test, `It did not end${test.step === null ? '' : ` (step '${test.step}')`}: ${error}.`);
    }
    const message = `The run reached its ${limitText} and was ended; tests that had not started are skipped.`;
    print(message);
    journal.write({ kind: 'error', file: null, line: null, message });
    limit.abort();
  };
  const timer = options.runTimeoutMs === undefined ? undefined : setTimeout(onLimit, options.runTimeoutMs);
  try {
    const ended = await runVitest({
      files: options.files,
      context,
      cwd: options.cwd,
      cacheFolder: join(options.stateFolder, 'cache'),
      output: options.output,
      verbose: options.verbose ?? false,
      onTest: (line) => journal.write(line),
      signal: AbortSignal.any([options.signal, limit.signal]),
      ...(options.testTimeoutMs !== undefined && { testTimeoutMs: options.testTimeoutMs }),
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
      ...(options.onFiles && { onFiles: options.onFiles }),
    });
    if (!limit.signal.aborted) return ended;
    return { ...ended, passed: false, interrupted: options.signal.aborted, errors: ended.errors + 1 };
  } finally {
    clearTimeout(timer);
    hanging.stop();
    journal.finish();
  }
}

/** Writes vitest's results, and those of tests whose process was killed, which vitest does not report. */
class TestJournal {
  readonly #folder: string;
  readonly #collected = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #failed = new Map<string, { readonly test: RunningTest; readonly error: string }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(line: TestLine): void {
    if (line.kind === 'collected') this.#collected.add(line.test);
    if (line.kind !== 'result') {
      appendTestLine(this.#folder, line);
      return;
    }
    this.#ended.add(line.test);
    const error = this.#failed.get(line.test)?.error;
    // Vitest reports an interrupted test as skipped.
    const isInterrupted = error !== undefined && line.state !== 'passed';
    appendTestLine(this.#folder, isInterrupted ? { ...line, state: 'failed', error: line.error ?? error } : line);
  }

  /** Records the error of a running test that will not end by itself. */
  fail(test: RunningTest, error: string): void {
    this.#failed.set(test.test, { test, error });
  }

  /** Writes the results that vitest did not report. */
  finish(): void {
    for (const [id, { test, error }] of this.#failed) {
      if (this.#ended.has(id)) continue;
      const { name, file } = test;
      if (!this.#collected.has(id)) this.write({ kind: 'collected', test: id, name, file });
      const unknown = { tries: 1, startedAt: null, endedAt: null };
      this.write({ kind: 'result', test: id, state: 'failed', error, ...unknown });
    }
  }
}
