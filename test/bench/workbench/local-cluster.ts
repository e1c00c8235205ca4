import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../workbench/bin/snoop.js', import.meta.url));

interface RunOptions {
  /** Default: 0. */
  readonly exitCode?: number;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface LocalCluster {
  /** The state folder; other files may be written there. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** Runs `snoop` to its end. @throws unless it ends with the expected exit code */
  snoop(args: readonly string[], options?: RunOptions): Promise<{ stdout: string; stderr: string }>;
}

/** Starts a local control plane for a benchmark and removes it afterwards. */
export async function withLocalCluster<T>(work: (cluster: LocalCluster) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-bench-'));
  const snoop: LocalCluster['snoop'] = (args, { exitCode = 0, env = {} } = {}) =>
    runToEnd([program, ...args], { SNOOP_STATE: folder, ...env }, exitCode);
  try {
    const { stdout } = await snoop(['up']);
    const databaseUrl = /DATABASE_URL='?([^'\n]+)'?/.exec(stdout)?.[1];
    if (databaseUrl === undefined) throw new Error(`'snoop up' printed no DATABASE_URL:\n${stdout}`);
    return await work({ folder, databaseUrl, snoop });
  } finally {
    await snoop(['down', '--purge']);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs Node with these arguments to its end. @throws unless it ends with the expected exit code */
export function runToEnd(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exitCode: number,
): Promise<{ stdout: string; stderr: string }> {
  const { KUBECONFIG: _kubeconfig, DATABASE_URL: _url, ...inherited } = process.env;
  const child = spawn(process.execPath, args, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === exitCode) resolve(said);
      else reject(new Error(`'${args.join(' ')}' ended with ${code}:\n${said.stdout}\n${said.stderr}`));
    });
  });
}
