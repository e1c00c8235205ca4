import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { runSnoop } from './snoop.ts';

/** The state folder of the control plane that all tests share. */
export function sharedState(): string {
  return inject('stateFolder');
}

/** The exports that `snoop up` prints, as a record; `up` of a running control plane prints them again. */
export async function readExports(state: string): Promise<Record<string, string>> {
  const { stdout, stderr, exitCode } = await runSnoop(['up', '--state', state]);
  if (exitCode !== 0) throw new Error(`snoop up ended with ${exitCode}:\n${stderr}`);
  return Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)='?(.*?)'?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** A connection to a control plane's SnoopDB, closed when the test ends. */
export async function connect(state: string): Promise<pg.Client> {
  const { DATABASE_URL } = await readExports(state);
  const client = new pg.Client(DATABASE_URL);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

export async function readKubeconfig(state: string): Promise<string> {
  return readFile(join(state, 'kubeconfig'), 'utf8');
}
