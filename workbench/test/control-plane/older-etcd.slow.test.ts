import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLayout } from '../../src/control-plane/layout.ts';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { findPrograms } from '../../src/control-plane/programs/find-programs.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { defaultRelease } from '../../src/release.ts';
import { makeStateFolder, readStatus, tell, until, up } from './support.ts';

test('a state folder whose etcd accepted all clients starts, and then accepts only its apiserver', async () => {
  const older = await makeStateFolder();
  const { etcd: data, partCa } = createLayout(older);
  mkdirSync(older);
  await runOpenEtcd(data);
  await up(older);
  const { etcd } = await readStatus(older);
  expect(await tell(`${etcd.url}/health`, { ca: readFileSync(partCa, 'utf8') })).toBe('refused');
});

/** Creates the data of an etcd with plain HTTP on both ports, whose member has such an address. */
async function runOpenEtcd(data: string): Promise<void> {
  const [environment, progress, signal] = [readEnvironment(), silentProgress, new AbortController().signal];
  const { etcd } = await findPrograms({ release: defaultRelease, etcdData: null, environment, progress, signal });
  const ports = await choosePorts(null);
  const [clients, peers] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.etcdPeer}`];
  const child = spawn(etcd.path, [
    ...[`--data-dir=${data}`, '--name=snoop', '--unsafe-no-fsync', '--log-level=error'],
    ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=snoop=${peers}`],
  ]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(async () => (await tell(`${clients}/health`)) === 200);
  child.kill('SIGTERM');
  await ended;
}
