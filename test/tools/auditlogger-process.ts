import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MemoryGroup } from './memory-group.ts';

const program = fileURLToPath(new URL('../../auditlogger/bin/auditlogger.js', import.meta.url));

export interface EndedAuditlogger {
  /** null: a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningAuditlogger {
  /** `http://127.0.0.1:9900` */
  readonly url: string;
  readonly pid: number;
  /** What it logged so far. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, and until it is gone. */
  kill(): Promise<void>;
  readonly ended: Promise<EndedAuditlogger>;
}

/** The options of Node with which its image starts it. */
export const imageNodeOptions: readonly string[] = ['--max-semi-space-size=2', '--max-old-space-size=160'];

/**
 * Runs the auditlogger as people do, as a process of its own, on a free port of loopback unless `args` say otherwise.
 * @param group holds its memory; then it is also started with the options of Node that its image has
 * @returns when it listens
 * @throws Error with what it said when it ends before that
 */
export async function launchAuditlogger(
  databaseUrl: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  group: MemoryGroup | null = null,
): Promise<RunningAuditlogger> {
  const flags = ['--listen', '127.0.0.1:0', '--database-url', databaseUrl, ...args];
  const command: readonly [string, ...string[]] =
    group === null
      ? [process.execPath, program, ...flags]
      : group.wrap([process.execPath, ...imageNodeOptions, program, ...flags]);
  const child = spawn(command[0], command.slice(1), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = once(child, 'close').then(
    ([exitCode, signal]: (number | NodeJS.Signals | null)[]): EndedAuditlogger => ({
      exitCode: typeof exitCode === 'number' ? exitCode : null,
      signal: typeof signal === 'string' ? signal : null,
      ...output,
    }),
  );
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const listening = readAddress(line);
      if (listening !== null) resolve(listening);
    });
    ended.then(
      ({ exitCode, stdout, stderr }) =>
        reject(new Error(`The auditlogger ended with ${exitCode} before it listened.\n${stderr}\n${stdout}`)),
      reject,
    );
  });
  return {
    url,
    pid: child.pid ?? 0,
    log: () => output.stdout,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    ended,
  };
}

/** The line that says where it listens. */
function readAddress(line: string): string | null {
  try {
    const { msg, url }: { msg?: unknown; url?: unknown } = JSON.parse(line);
    return msg === 'listening' && typeof url === 'string' ? url : null;
  } catch {
    return null;
  }
}
