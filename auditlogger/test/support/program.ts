import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../../bin/auditlogger.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly url: string;
  /** Where it serves /metrics, when that has an address of its own. */
  readonly metricsUrl: string | null;
  /** Sends a body to /events. */
  send(body: string | Buffer, headers?: Record<string, string>): Promise<Response>;
  signal(name: NodeJS.Signals): void;
  /** What it logged so far. */
  log(): string;
  readonly ended: Promise<Ended>;
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return start(args, env).ended;
}

/** Starts the program, and waits for nothing; it is killed when the test ends before it does. */
export function launchProgram(args: readonly string[]): Pick<RunningProgram, 'signal' | 'log' | 'ended'> {
  const { child, output, ended } = start(args, {});
  return { signal: (name) => void child.kill(name), log: () => output.stdout, ended };
}

/** Starts the program on a free port, and waits until it listens; it is killed when the test ends before it does. */
export async function startProgram(databaseUrl: string, args: readonly string[] = []): Promise<RunningProgram> {
  const { child, output, ended } = start(['--listen', '127.0.0.1:0', '--database-url', databaseUrl, ...args], {});
  let metricsUrl: string | null = null;
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry: { msg?: string; url?: string } = JSON.parse(line);
      if (entry.msg === 'serving /metrics' && entry.url) metricsUrl = entry.url;
      if (entry.msg === 'listening' && entry.url) resolve(entry.url);
    });
    ended.then(({ exitCode, stderr }) => reject(new Error(`auditlogger ended with ${exitCode}: ${stderr}`)), reject);
  });
  return {
    url,
    metricsUrl,
    send: (body, headers = {}) =>
      fetch(`${url}/events?timeout=30s`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    signal: (name) => void child.kill(name),
    log: () => output.stdout,
    ended,
  };
}

function start(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = once(child, 'close').then(([exitCode]: (number | null)[]) => ({
    exitCode: exitCode ?? null,
    ...output,
  }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, output, ended };
}
