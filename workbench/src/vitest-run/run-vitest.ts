import { mkdirSync } from 'node:fs';
import type { Vitest } from 'vitest/node';
import type { TestLine } from '../journal/journal-lines.ts';
import type { RunContext } from '../journal/run-context.ts';
import { ForwardedOutput } from './forwarded-output.ts';
import { appendRunFile } from '../journal/journal.ts';
import { listImportedFiles } from './imported-files.ts';
import { LoadedFiles } from './loaded-files.ts';
import { aliasOwnPackages, isBuiltFile } from './own-packages.ts';
import { TestResults } from './test-results.ts';

/** Requests to a cluster are slow: vitest's 5 s are too short. */
const defaultTestTimeoutMs = 60_000;

/** After this, workers that ignore an abort are killed. */
const abortGraceMs = 3_000;

export interface VitestRunOptions {
  /** Absolute paths, anywhere on the disk. */
  readonly files: readonly string[];
  readonly context: RunContext;
  /** Paths of files are printed relative to it. */
  readonly cwd: string;
  /** For vite's compiled files. */
  readonly cacheFolder: string;
  /** For the output of vitest and the tests. */
  readonly output: NodeJS.WritableStream;
  /** Only tests whose full name matches. */
  readonly testNamePattern?: RegExp;
  /** For each test and hook without its own timeout (default: 60 s). */
  readonly testTimeoutMs?: number;
  /** Print API errors in full, with headers and bodies. */
  readonly verbose: boolean;
  /** Called when a test is found, when it has ended, and for every error outside of tests. */
  readonly onTest: (line: TestLine) => void;
  /**
   * Called at the end with the files that were read: test files and what they import.
   *
   * @param isComplete false: something could not be read, so there may be more
   */
  readonly onFiles?: (files: readonly string[], isComplete: boolean) => void;
  readonly signal: AbortSignal;
}

export interface VitestRunResult {
  /** Also false when a file had no tests or an error happened outside of tests. */
  readonly passed: boolean;
  readonly interrupted: boolean;
  /** Full names of all tests, also of those that the pattern skipped. */
  readonly names: readonly string[];
  /** The number of errors outside of tests; `onTest` was called for each. */
  readonly errors: number;
}

/**
 * Runs test files with vitest in this process; the tests run in workers. Reads no configuration file, so a live test
 * runs the same everywhere.
 */
export async function runVitest(options: VitestRunOptions): Promise<VitestRunResult> {
  const { createVitest } = await import('vitest/node');
  const results = new TestResults(options.onTest, options.verbose);
  const output = new ForwardedOutput(options.output);
  const exitCode = process.exitCode;
  const restoreListeners = rememberListeners();
  // It contains the tests' sources; vite would create it readable by all users.
  mkdirSync(options.cacheFolder, { recursive: true, mode: 0o700 });
  const { folder } = options.context;
  const loaded = new LoadedFiles(options.cwd, (file) => appendRunFile(folder, file));
  const vitest = await createVitest(
    'test',
    {
      config: false,
      root: options.cwd,
      watch: false,
      include: [],
      // Built files need no transformation; vitest does the same with packages in node_modules.
      server: { deps: { external: [isBuiltFile] } },
      pool: 'forks',
      provide: { snoopRun: options.context },
      reporters: [results, ['default', { summary: false }]],
      testTimeout: options.testTimeoutMs ?? defaultTestTimeoutMs,
      hookTimeout: options.testTimeoutMs ?? defaultTestTimeoutMs,
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
    },
    { cacheDir: options.cacheFolder, resolve: { alias: aliasOwnPackages() }, plugins: [loaded.plugin] },
    { stdout: output, stderr: output },
  );
  restoreListeners();
  const cancellation = cancelOnAbort(vitest, options.signal);
  try {
    await vitest.standalone();
    const project = vitest.getRootProject();
    if (options.signal.aborted) return { passed: false, interrupted: true, names: [], errors: 0 };
    const running = vitest.runTestSpecifications(options.files.map((file) => project.createSpecification(file)));
    const ended = await Promise.race([running, cancellation.gaveUp]);
    const { names, errors } = results;
    if (ended === null) return { passed: false, interrupted: true, names, errors };
    const { testModules, unhandledErrors } = ended;
    return {
      passed: unhandledErrors.length === 0 && errors === 0 && testModules.every((module) => module.ok()),
      interrupted: options.signal.aborted,
      names,
      errors,
    };
  } finally {
    options.onFiles?.(listImportedFiles(vitest), results.errors === 0 && !options.signal.aborted);
    await Promise.race([vitest.close(), cancellation.gaveUp]);
    cancellation.stop();
    // Vitest sets the exit code of the process; the command decides that.
    process.exitCode = exitCode;
  }
}

/**
 * Vitest exits at a signal, but the command has a report to print first. Returns a function that removes the listeners
 * added since.
 */
function rememberListeners(): () => void {
  const before = new Map((['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, process.listeners(signal)]));
  return () => {
    for (const [signal, known] of before) {
      for (const listener of process.listeners(signal)) {
        if (!known.includes(listener)) process.off(signal, listener);
      }
    }
  };
}

/**
 * Cancels the run at an abort, kills workers that ignore it after a grace period, and gives up after a second one: a
 * worker that the same signal killed during its start makes vitest wait forever or throw outside of any promise.
 */
function cancelOnAbort(vitest: Vitest, signal: AbortSignal): { gaveUp: Promise<null>; stop: () => void } {
  const timers: NodeJS.Timeout[] = [];
  let giveUp = (): void => {};
  const gaveUp = new Promise<null>((resolve) => {
    giveUp = () => resolve(null);
  });
  const onWorkerGone = (error: Error): void => {
    if (!/worker/i.test(error.message)) throw error;
    giveUp();
  };
  const cancel = (): void => {
    // Never removed: a worker may report its end after the command has given up on it.
    process.on('uncaughtException', onWorkerGone);
    timers.push(
      setTimeout(() => void vitest.close(), abortGraceMs),
      setTimeout(giveUp, 2 * abortGraceMs),
    );
    void vitest.cancelCurrentRun('keyboard-input');
  };
  signal.addEventListener('abort', cancel, { once: true });
  return {
    gaveUp,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    },
  };
}
