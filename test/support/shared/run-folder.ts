import { spawn } from 'node:child_process';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { purgeEmbeddedServer } from '@snoop/snoopdb';
import { share, type TearDown } from './started.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
/** One folder for each run of vitest, so that two runs in one checkout do not meet. */
const runsFolder = join(root, '.snoop-test');

/** The folder of this run, for what tests share. */
export const runFolder = join(runsFolder, String(process.pid));

/** Removes what killed runs left behind; the release removes the folder of this run. */
export async function useRunFolder(): Promise<TearDown> {
  const { release } = await share('run folder', removeLeftovers, async () => {
    await rm(runFolder, { recursive: true, force: true });
    // The last run removes the folder of all runs as well.
    await rmdir(runsFolder).catch(() => {});
  });
  return release;
}

/** The servers of a killed run may still be there, with databases that nobody will drop. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(runsFolder).catch(() => [])) {
    if (runs(Number(name))) continue;
    await purgeEmbeddedServer(join(runsFolder, name, 'snoopdb'));
    await snoop('down', '--purge', '--state', join(runsFolder, name, 'cluster'));
    await rm(join(runsFolder, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The command line as a person calls it; its progress is shown, because a first build takes minutes. */
export async function snoop(...args: string[]): Promise<void> {
  const { KUBECONFIG: _kubeconfig, DATABASE_URL: _databaseUrl, SNOOP_STATE: _state, ...env } = process.env;
  const program = join(root, 'workbench', 'bin', 'snoop.js');
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`snoop ${args.join(' ')} ended with ${exitCode}`);
}
