import type { Vitest } from 'vitest/node';
import type { RunContext } from '../live-test/run-context.ts';
import type { TestLine } from '../run/journal-lines.ts';
import { ForwardedOutput } from './forwarded-output.ts';
import { aliasOwnPackages } from './own-packages.ts';
import { TestResults } from './test-results.ts';
import type { FileFailure } from './test-results.ts';

/** Calls to a cluster take their time: vitest's 5 s would end honest tests. */
const testTimeoutMs = 60_000;

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
  /** Called for every test when it is found and when it ended. */
  readonly onTest: (line: TestLine) => void;
  readonly signal: AbortSignal;
}

export interface VitestRunResult {
  /** false also when a file had no tests or an error happened outside of any test. */
  readonly passed: boolean;
  readonly interrupted: boolean;
  readonly fileFailures: readonly FileFailure[];
}

/**
 * Runs test files with vitest in this process (the tests themselves run in processes of their own). No configuration
 * file is read: a live test runs the same everywhere.
 */
export async function runVitest(options: VitestRunOptions): Promise<VitestRunResult> {
  const { createVitest } = await import('vitest/node');
  const results = new TestResults(options.onTest);
  const output = new ForwardedOutput(options.output);
  const exitCode = process.exitCode;
  const keepSignals = rememberListeners();
  const vitest = await createVitest(
    'test',
    {
      config: false,
      root: options.cwd,
      watch: false,
      include: [],
      pool: 'forks',
      provide: { snoopRun: options.context },
      reporters: [['default', { summary: false }], results],
      testTimeout: testTimeoutMs,
      hookTimeout: testTimeoutMs,
      ...(options.testNamePattern && { testNamePattern: options.testNamePattern }),
    },
    { cacheDir: options.cacheFolder, resolve: { alias: aliasOwnPackages() } },
    { stdout: output, stderr: output },
  );
  keepSignals();
  const stopListening = cancelOnAbort(vitest, options.signal);
  try {
    await vitest.standalone();
    const project = vitest.getRootProject();
    if (options.signal.aborted) return { passed: false, interrupted: true, fileFailures: [] };
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
      options.files.map((file) => project.createSpecification(file)),
    );
    return {
      passed:
        unhandledErrors.length === 0 && results.fileFailures.length === 0 && testModules.every((module) => module.ok()),
      interrupted: options.signal.aborted,
      fileFailures: results.fileFailures,
    };
  } finally {
    stopListening();
    await vitest.close();
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

function cancelOnAbort(vitest: Vitest, signal: AbortSignal): () => void {
  let grace: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    grace = setTimeout(() => void vitest.close(), abortGraceMs);
    void vitest.cancelCurrentRun('keyboard-input');
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => {
    clearTimeout(grace);
    signal.removeEventListener('abort', cancel);
  };
}
