import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../../src/cli/doctor.ts';
import type { DoctorReport } from '../../src/doctor/doctor.ts';
import { runCommand } from '../support/ask.ts';
import { makeFolder } from '../support/folder.ts';

export interface Doctored {
  readonly exitCode: number;
  readonly stdout: string;
  /** What was found at each station: the faults, `ok`, or `not checked`. */
  readonly found: Readonly<Record<string, string>>;
  /** The sentence of the station's first finding. */
  readonly sentence: (station: string) => string;
}

/** Runs `snoop doctor --output json`. */
export async function runDoctor(state: string, ...args: string[]): Promise<Doctored> {
  const cwd = await makeFolder();
  const { exitCode, stdout } = await runCommand(command, cwd, [...args, '--output', 'json', '--state', state]);
  return readReport(exitCode, stdout);
}

export function readReport(exitCode: number, stdout: string): Doctored {
  const { stations }: DoctorReport = JSON.parse(stdout);
  const found = stations.map(({ station, findings }) => [
    station,
    findings.map((one) => (one.state === 'wrong' ? one.fault : one.state)).join(' '),
  ]);
  return {
    ...{ exitCode, stdout },
    found: Object.fromEntries(found),
    sentence: (station) => stations.find((one) => one.station === station)?.findings[0]?.sentence ?? '',
  };
}

/** Writes a kubeconfig with one cluster and user. */
export async function writeNamedKubeconfig(
  cluster: Readonly<Record<string, unknown>>,
  user: Readonly<Record<string, unknown>>,
): Promise<string> {
  const file = join(await makeFolder(), 'kubeconfig');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'named' },
    contexts: [{ name: 'named', context: { cluster: 'named', user: 'ada' } }],
    clusters: [{ name: 'named', cluster }],
    users: [{ name: 'ada', user }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

export function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
