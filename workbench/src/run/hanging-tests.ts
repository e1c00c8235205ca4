import { signalProcess } from '@snoop/snoopdb';
import { RunningTests } from '../journal/running-tests.ts';
import type { RunningTest } from '../journal/running-tests.ts';

/** When a test that still runs is spoken of; after that once a minute. */
const saidAtSeconds = [10, 30, 60];
const lookMs = 1_000;
/** After its timeout a test tells of its failure and tidies up, for so long at most. */
const tidyMs = 20_000;

export interface HangingOptions {
  /** Of the run's journal. */
  readonly folder: string;
  readonly say: (text: string) => void;
  /** Told of a test whose process is ended, since it does not heed its own timeout. */
  readonly onKill: (test: RunningTest, error: string) => void;
}

export interface HangingWatch {
  /** Those that run now. */
  list(): RunningTest[];
  stop(): void;
}

/**
 * Says of tests that take long which they are, in which step, and for how long. A test that computes without a pause
 * hears of no timeout: when it is far over its own, its process is ended, and the run goes on with the next file.
 */
export function watchHangingTests({ folder, say, onKill }: HangingOptions): HangingWatch {
  const running = new RunningTests(folder);
  const said = new Map<string, number>();
  const killed = new Set<string>();
  const list = (): RunningTest[] => running.list().filter(({ test }) => !killed.has(test));
  const look = (): void => {
    for (const one of list()) {
      const ms = performance.now() - one.sinceMs;
      if (isOverdue(one, ms)) {
        killed.add(one.test);
        const error = describeKill(one);
        say(`${describeTest(one)}: ${error}`);
        onKill(one, error);
        if (one.worker) signalProcess(one.worker, 'SIGKILL');
        continue;
      }
      const key = `${one.test} ${one.sinceMs}`;
      const times = said.get(key) ?? 0;
      if (ms < (saidAtSeconds[times] ?? 60 * (times - saidAtSeconds.length + 2)) * 1000) continue;
      said.set(key, times + 1);
      say(describeRunning(one, ms));
    }
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return { list, stop: () => clearInterval(timer) };
}

/** `Still running after 30 s: Pod lifecycle, in step 'create' (timeout 60 s)` */
export function describeRunning(test: RunningTest, ms: number): string {
  const limit = test.timeoutMs === null || test.timeoutMs <= 0 ? 'no timeout' : `timeout ${seconds(test.timeoutMs)}`;
  return `Still running after ${seconds(ms)}: ${describeTest(test)} (${limit})`;
}

export function describeTest({ name, step }: RunningTest): string {
  return step === null ? name : `${name}, in step '${step}'`;
}

function describeKill({ timeoutMs }: RunningTest): string {
  const limit = seconds(timeoutMs ?? 0);
  return `The test did not heed its timeout of ${limit}, so its process was ended. Does it compute without a pause?`;
}

/** Zero and infinity are vitest's words for no timeout. */
function isOverdue({ timeoutMs, worker }: RunningTest, ms: number): boolean {
  return worker !== null && timeoutMs !== null && timeoutMs > 0 && ms > timeoutMs + tidyMs;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
