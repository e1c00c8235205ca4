import { spawn } from 'node:child_process';
import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { expect, onTestFinished } from 'vitest';
import { createLayout } from '../../src/control-plane/layout.ts';
import { findLiving } from '../../src/control-plane/leftovers.ts';
import { readState } from '../../src/control-plane/state.ts';
import type { RunningStatus } from '../../src/control-plane/status.ts';
import { httpGet } from '../../src/http-request.ts';
import type { GetOptions } from '../../src/http-request.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));
const pollMs = 20;

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Snoop {
  readonly ended: Promise<Ended>;
  signal(signal: NodeJS.Signals): void;
}

/** Creates a state folder; at the end of the test, stops what runs in it and removes it. */
export async function makeStateFolder(): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'snoop-up-')));
  const folder = join(parent, 'state');
  onTestFinished(async () => {
    await snoop(['down', '--purge'], folder);
    await rm(parent, { recursive: true, force: true });
  }, 60_000);
  return folder;
}

/** Starts the command line on a state folder. @param env the whole environment */
export function launchSnoop(args: readonly string[], folder: string, env: NodeJS.ProcessEnv): Snoop {
  const child = spawn(process.execPath, [program, ...args, '--state', folder], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return { ended, signal: (signal) => void child.kill(signal) };
}

/** {@link launchSnoop} in the shell's environment. */
export function startSnoop(args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Snoop {
  return launchSnoop(args, folder, { ...process.env, NO_COLOR: '1', ...env });
}

export function snoop(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return startSnoop(args, folder, env).ended;
}

/** Starts the control plane of a folder and expects success. */
export async function up(folder: string, ...args: string[]): Promise<Ended> {
  const ended = await snoop(['up', ...args], folder);
  expect(ended.exitCode, ended.stderr).toBe(0);
  return ended;
}

export async function readStatus(folder: string): Promise<RunningStatus> {
  const { stdout, stderr, exitCode } = await snoop(['status', '--output', 'json'], folder);
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
  const status: RunningStatus = JSON.parse(stdout);
  return status;
}

/** Lists the running processes in the state: the supervisor and the parts. */
export function listProcesses(folder: string): ProcessIdentity[] {
  const state = readState(createLayout(folder));
  if (!state) return [];
  const { supervisor, parts } = findLiving(state);
  return [...(supervisor ? [supervisor] : []), ...parts.map(({ identity }) => identity)];
}

export function expectDead(processes: readonly ProcessIdentity[]): void {
  expect(processes.filter(isAlive)).toEqual([]);
}

/** Waits for a fact, up to vitest's timeout. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await wait(pollMs);
  }
}

/** Sends a request to the cluster as its admin. */
export function askCluster(
  folder: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: string }> {
  const kubeconfig = readFileSync(join(folder, 'kubeconfig'), 'utf8');
  const read = (key: string): string => new RegExp(`${key}: (\\S+)`).exec(kubeconfig)?.[1] ?? '';
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${read('server')}${path}`,
      {
        method,
        agent: false,
        ca: Buffer.from(read('certificate-authority-data'), 'base64'),
        headers: { authorization: `Bearer ${read('token')}`, 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The status of a GET, or that there was no answer. */
export async function tell(url: string, options: GetOptions = {}): Promise<number | 'refused'> {
  return httpGet(url, options).then(
    ({ status }) => status,
    () => 'refused' as const,
  );
}
