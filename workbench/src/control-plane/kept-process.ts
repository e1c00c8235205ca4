import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { identifyProcess } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createCrashCounter } from './crash-counter.ts';
import { createDeferred } from './deferred.ts';
import { readLogSize, readErrorLines } from './log-lines.ts';
import type { Part } from './part.ts';
import type { ProcessRecord } from './state.ts';

const pollMs = 50;

/** Receives the starts and crashes of a part. */
export interface PartEvents {
  /** Called right after each start. */
  started(record: ProcessRecord): void;
  crashed(text: string): void;
}

export interface KeptProcess {
  /** Resolves when it is ready for the first time; rejects when it ends before, or takes too long. */
  readonly ready: Promise<void>;
  /** Rejects when it crashes too often; never resolves. */
  readonly failed: Promise<never>;
  /** Ends the process, so that it starts again with its current description. */
  replace(): void;
  isRunning(): boolean;
  /** Stops it for good: SIGTERM, then SIGKILL after the part's own time limit, or this one. */
  stop(timeoutMs?: number): Promise<void>;
}

/**
 * Starts a part and restarts it when it crashes. A part that ends before it was ever ready is not restarted.
 *
 * @param describe called before each start
 */
export function keepProcess(describe: () => Part, events: PartEvents): KeptProcess {
  const crashes = createCrashCounter();
  const stopping = new AbortController();
  let child: ChildProcess | null = null;
  let wasReady = false;
  let isReplaced = false;
  let restarts = 0;
  const ready = createDeferred<void>();
  const failed = createDeferred<never>();

  const fail = (error: SnoopError): void => {
    ready.reject(error);
    failed.reject(error);
  };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const part = describe();
      const logFrom = readLogSize(part.logFile);
      child = start(part);
      const ended = waitForEnd(child);
      const identity = child.pid === undefined ? null : identifyProcess(child.pid);
      if (identity) events.started({ ...identity, startedAt: new Date().toISOString(), restarts });
      if (!wasReady) void watchStart(part, ended, logFrom);
      const how = await ended;
      child = null;
      if (stopping.signal.aborted) return;
      if (!wasReady) return fail(createPartError(part, `${part.name} did not start: it ${how}.`, logFrom));
      if (isReplaced) isReplaced = false;
      else {
        const pauseMs = crashes.count();
        if (pauseMs === null)
          return fail(
            createPartError(part, `${part.name} crashed five times within a minute, the last time it ${how}.`, logFrom),
          );
        events.crashed(`${part.name} ${how}; restarting it`);
        restarts += 1;
        await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  async function watchStart(part: Part, ended: Promise<string>, logFrom: number): Promise<void> {
    const deadline = performance.now() + part.startTimeoutMs;
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    while (!hasEnded && !stopping.signal.aborted) {
      if (await part.isReady()) {
        wasReady = true;
        return ready.resolve();
      }
      if (performance.now() > deadline) {
        const text = `${part.name} did not get ready within ${part.startTimeoutMs / 1000} s.`;
        return fail(createPartError(part, text, logFrom));
      }
      await wait(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = run().catch((error: unknown) => {
    fail(new SnoopError('part_failed', `${describe().name} could not be kept running.`, { cause: error }));
  });
  return {
    ready: ready.promise,
    failed: failed.promise,
    replace() {
      isReplaced = child !== null;
      child?.kill('SIGTERM');
    },
    isRunning: () => child !== null,
    async stop(timeoutMs = describe().stopTimeoutMs) {
      stopping.abort();
      ready.reject(new SnoopError('stopped', 'Stopped before it was ready.'));
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), timeoutMs);
      await running;
      clearTimeout(timer);
    },
  };
}

function start(part: Part): ChildProcess {
  const log = openSync(part.logFile, 'a', 0o600);
  try {
    return spawn(part.program, [...part.args], { env: part.env, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Describes how it ended. */
function waitForEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be run (${error.message})`));
    child.once('exit', (exitCode, signal) =>
      resolve(signal === null ? `exited with ${exitCode}` : `was ended by ${signal}`),
    );
  });
}

function createPartError(part: Part, message: string, logFrom: number): SnoopError {
  return createLogError(message, part.logFile, logFrom);
}

/** Creates an error that quotes the log. */
export function createLogError(message: string, logFile: string, logFrom = 0): SnoopError {
  const lines = readErrorLines(logFile, logFrom).map((line) => `| ${line}`);
  return new SnoopError('part_failed', message, { advice: [...lines, `The whole log: ${logFile}`] });
}
