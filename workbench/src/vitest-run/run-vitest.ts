import { mkdirSync } from 'node:fs';
import type { Vitest } from 'vitest/node';
import type { TestLine } from '../journal/journal-lines.ts';
import type { RunContext } from '../journal/run-context.ts';
import { ForwardedOutput } from './forwarded-output.ts';
import { listImportedFiles } from './imported-files.ts';
import { aliasOwnPackages } from './own-packages.ts';
import { TestResults } from './test-results.ts';

/** Calls to a cluster take their time: vitest's 5 s would end honest tests. */
const defaultTestTimeoutMs = 60_000;

/** After this a worker that does not heed an abort is ended. */
const abortGraceMs = 3_000;

export interface VitestRunOptions {
  /** Absolute paths, anywhere on the disk. */
  readonly files: readonly string[];
  readonly context: RunContext;
  /** Vitest names files from here. */
  readonly cwd: string;
  /** Where vite keeps what it compiled. */
  readonly cacheFolder: string;
  /** Gets all that vitest and the tests print. */
  readonly output: NodeJS.WritableStream;
  /** Only tests whose full name matches. */
  readonly testNamePattern?: RegExp;
  /** Of each test and each hook that names none of its own; 60 s unless told. */
  readonly testTimeoutMs?: number;
  /** API errors are printed as the client library throws them, with headers and bodies. */
  readonly verbose: boolean;
  /** Called for every test when it is found and when it ended, and for every error outside of tests. */
  readonly onTest: (line: TestLine) => void;
  /**
   * Told at the end which files were read: test files and what they import.
   *
   * @param isWhole false: something could not be read, so there may be more
   */
  readonly onFiles?: (files: readonly string[], isWhole: boolean) => void;
  readonly signal: AbortSignal;
}

export interface VitestRunResult {
  /** false also when a file had no tests or an error happened outside of any test. */
  readonly passed: boolean;
  readonly interrupted: boolean;
  /** Full names of all tests, also of those that the pattern left out. */
  readonly names: readonly string[];
  /** How many errors happened outside of tests; `onTest` was told each. */
  readonly errors: number;
}

/**
 * Runs test files with vitest in this process (the tests themselves run in processes of their own). No configuration
 * file is read: a live test runs the same everywhere.
 */
export async function runVitest(options: VitestRunOptions): Promise<VitestRunResult> {
  const { createVitest } = await import('vitest/node');
  const results = new TestResults(options.onTest, options.verbose);
  const output = new ForwardedOutput(options.output);
  const exitCode = process.exitCode;
  const keepSignals = rememberListeners();
  // It holds the tests' sources, and vite would open it to all users of the machine.
  mkdirSync(options.cacheFolder, { recursive: true, mode: 0o700 });
  const vitest = await createVitest(
    'test',
    {
      config: false,
      root: options.cwd,
      watch: false,
      include: [],
      pool: 'forks',
      provide: { snoopRun: options.context },
      reporters: [results, ['default', { summary: false }]],
      testTimeout: options.testTimeoutMs ?? defaultTestTimeoutMs,
      hookTimeout: options.testTimeoutMs ?? defaultTestTimeoutMs,
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
    },
    { cacheDir: options.cacheFolder, resolve: { alias: aliasOwnPackages() } },
    { stdout: output, stderr: output },
  );
  keepSignals();
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
    // Vitest sets the exit code of its process; here it is one part of a longer command.
    process.exitCode = exitCode;
  }
}

/**
 * Vitest ends its process at a signal; this one has a report to print first, and hears of signals by `signal`.
 * Returns what takes the listeners off again that came since.
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
 * Cancels at an abort, ends what does not heed it after a grace, and gives up after a second one: a worker that died of
 * the same signal while it started leaves vitest waiting for ever, or makes it throw outside of any promise.
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
    // Stays: a worker that is given up on may still tell of its end, and then the command is over anyway.
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
