import { rm } from 'node:fs/promises';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import { SnoopError } from '../errors.ts';
import type { VitestRunResult } from '../vitest-run/run-vitest.ts';
import { recordRun } from './record-run.ts';
import type { RecordOptions, RunOutcome } from './record-run.ts';
import { runTests } from './run-tests.ts';
import type { TestRunOptions } from './run-tests.ts';

export type RunOptions = TestRunOptions & RecordOptions;

/**
 * Runs test files against a cluster as one run, see {@link recordRun}.
 *
 * @throws SnoopError as `recordRun`; `no_test_matches`, and then the run is deleted
 */
export async function performRun(options: RunOptions): Promise<RunOutcome> {
  const { testNamePattern, signal } = options;
  return recordRun<VitestRunResult>(options, {
    perform: (context) => runTests(options, context),
    deriveState: (tests) => {
      if (tests?.interrupted ?? signal.aborted) return 'interrupted';
      return tests?.passed ? 'passed' : 'failed';
    },
    async check(tests, folder) {
      if (testNamePattern && !tests.interrupted && tests.errors === 0) {
        await refuseNoMatch(folder, testNamePattern, tests.names);
      }
    },
  });
}

async function refuseNoMatch(folder: string, pattern: RegExp, names: readonly string[]): Promise<void> {
  if (names.some((name) => pattern.test(name))) return;
  await rm(folder, { recursive: true, force: true });
  throw new SnoopError('no_test_matches', `No test matches ${pattern}.`, {
    exitCode: 2,
    advice: [didYouMean(findNearest(pattern.source, names, 3)) || describeNames(names)],
  });
}

function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'These files contain no test.';
  return `They contain: ${names.slice(0, 3).join(' · ')}${names.length > 3 ? ' …' : ''}`;
}
