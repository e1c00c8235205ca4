import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject, onTestFinished } from 'vitest';
import { runSnoop } from './snoop.ts';

/** The state folder of the control plane that all tests share. */
export function sharedState(): string {
  const folder: string | undefined = inject('stateFolder');
  if (folder !== undefined) return folder;
  const file = expect.getState().testPath ?? 'the test file';
  throw new Error(`This lane starts no control plane: rename ${file} to *.cluster.test.ts or *.slow.test.ts.`);
}

const known = new Map<string, Promise<Record<string, string>>>();

/** The exports that `snoop up` prints, as a record; `up` of a running control plane prints the same again. */
export function readExports(state: string): Promise<Record<string, string>> {
  const exports = known.get(state) ?? askForExports(state);
  known.set(state, exports);
  return exports;
}

async function askForExports(state: string): Promise<Record<string, string>> {
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
