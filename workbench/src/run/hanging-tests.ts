import { signalProcess } from '@snoop/snoopdb';
import { RunningTests } from '../journal/running-tests.ts';
import type { RunningTest } from '../journal/running-tests.ts';

/** A running test is reported at these times, then once a minute. */
const reportAtSeconds = [10, 30, 60];
const pollMs = 1_000;
/** The time a test has after its timeout to report its failure and clean up. */
const cleanUpMs = 20_000;

export interface HangingOptions {
  /** The folder of the run's journal. */
  readonly folder: string;
  readonly print: (text: string) => void;
  /** Called before the process of a test that ignores its timeout is killed. */
  readonly onKill: (test: RunningTest, error: string) => void;
}

export interface HangingWatch {
  /** The tests that are running now. */
  list(): RunningTest[];
  stop(): void;
}

/**
 * Reports tests that take long, with their step and time. A timeout cannot stop a test that computes without a pause:
 * long after it, the test's process is killed, and the run continues with the next file.
 */
export function watchHangingTests({ folder, print, onKill }: HangingOptions): HangingWatch {
  const running = new RunningTests(folder);
  const reports = new Map<string, number>();
  const killed = new Set<string>();
  const list = (): RunningTest[] => running.list().filter(({ test }) => !killed.has(test));
  const check = (): void => {
    for (const test of list()) {
      const ms = performance.now() - test.sinceMs;
      if (isOverdue(test, ms)) {
        killed.add(test.test);
        const error = describeKill(test);
        print(`${describeTest(test)}: ${error}`);
        onKill(test, error);
        if (test.worker) signalProcess(test.worker, 'SIGKILL');
        continue;
      }
      const key = `${test.test} ${test.sinceMs}`;
      const times = reports.get(key) ?? 0;
      if (ms < (reportAtSeconds[times] ?? 60 * (times - reportAtSeconds.length + 2)) * 1000) continue;
      reports.set(key, times + 1);
      print(describeRunning(test, ms));
    }
  };
  const timer = setInterval(check, pollMs);
  timer.unref();
  return { list, stop: () => clearInterval(timer) };
}

/** `Still running after 30 s: Pod lifecycle, in step 'create' (timeout 60 s)` */
export function describeRunning(test: RunningTest, ms: number): string {
  const limit =
    test.timeoutMs === null || test.timeoutMs <= 0 ? 'no timeout' : `timeout ${formatSeconds(test.timeoutMs)}`;
  return `Still running after ${formatSeconds(ms)}: ${describeTest(test)} (${limit})`;
}

export function describeTest({ name, step }: RunningTest): string {
  return step === null ? name : `${name}, in step '${step}'`;
}

function describeKill({ timeoutMs }: RunningTest): string {
  const limit = formatSeconds(timeoutMs ?? 0);
  return `The test ignored its timeout of ${limit}, so its process was killed. Does it compute without a pause?`;
}

/** In vitest, 0 and Infinity mean no timeout. */
function isOverdue({ timeoutMs, worker }: RunningTest, ms: number): boolean {
  return worker !== null && timeoutMs !== null && timeoutMs > 0 && ms > timeoutMs + cleanUpMs;
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
