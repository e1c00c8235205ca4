import { spawn } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished } from 'vitest';
import type { Ended } from './ended.ts';
import { type ProgramHost, startProgramHost } from './program-host.ts';

export type { Ended } from './ended.ts';

const program = fileURLToPath(new URL('../../workbench/bin/snoop.js', import.meta.url));

export interface RunningSnoop {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves as soon as stderr holds `text`; rejects when the program ends before. */
  sawOnStderr(text: string): Promise<void>;
  interrupt(): void;
  /** Closes its stdout, as a reader does that has enough. */
  stopReading(): void;
}

export interface SnoopOptions {
  readonly cwd?: string;
  /** Added to the environment, from which KUBECONFIG, DATABASE_URL and the like were taken. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command line as a person would; it is killed when the test ends before it does. */
export function startSnoop(args: readonly string[], options: SnoopOptions = {}): RunningSnoop {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...takeEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const look of watchers) look();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  return {
    pid: child.pid ?? 0,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    sawOnStderr: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!stderr.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        ended.then(() => reject(new Error(`snoop ended without saying '${text}':\n${stderr}`)), reject);
        look();
      }),
    interrupt: () => void child.kill('SIGINT'),
    stopReading: () => void child.stdout.destroy(),
  };
}

/** Runs the command line to its end. */
export function runSnoop(args: readonly string[], options: SnoopOptions = {}): Promise<Ended> {
  return startSnoop(args, options).ended;
}

/** The shell's environment, without what would lead a command to somebody's cluster or database. */
function takeEnvironment(): NodeJS.ProcessEnv {
  const { KUBECONFIG: _k, DATABASE_URL: _d, SNOOP_STATE: _s, VITEST: _v, ...inherited } = process.env;
  return { ...inherited, NO_COLOR: '1' };
}

/**
 * Like `runSnoop`, in one process for a whole test file, one call after the other: for calls of which only what they
 * print, store and return matters. A process of its own takes half a second of processor time.
 */
export function shareSnoop(): typeof runSnoop {
  const main = fileURLToPath(new URL('../../workbench/dist/cli/main.js', import.meta.url));
  let host: ProgramHost | null = null;
  let last: Promise<unknown> = Promise.resolve();
  afterAll(() => host?.end());
  return (args, { cwd = tmpdir(), env = {} } = {}) => {
    host ??= startProgramHost(main, { cwd: tmpdir(), env: takeEnvironment() });
    const { call } = host;
    const ended = last.then(() => call({ args, env, cwd }));
    last = ended.catch(() => {});
    return ended;
  };
}

/** A folder of the test's own, removed after it. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file with live tests into a folder of its own, outside of the project, as a stranger's would be. */
export async function writeLiveTest(source: string, name = 'sample.live.ts'): Promise<string> {
  const file = join(await makeFolder(), name);
  await writeFile(file, `import { liveTest } from '@snoop/workbench';\nimport { expect } from 'vitest';\n${source}`);
  return file;
}

/** Waits until a file is there; the test's own time-out is the limit. */
export async function waitForFile(file: string): Promise<void> {
  await expect
    .poll(
      () =>
        access(file).then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true);
}
