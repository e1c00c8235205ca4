import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { Target } from '../../src/cluster-choice/select-target.ts';
import { findShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';

let shared: ControlPlane;
beforeAll(async () => {
  shared = await findShared();
});

interface Choice {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly KUBECONFIG?: string;
  readonly SNOOP_KUBECONFIG?: string;
  readonly stateFolder?: string;
}

async function select({
  kubeconfig,
  context,
  KUBECONFIG,
  SNOOP_KUBECONFIG,
  stateFolder,
}: Choice): Promise<{ target: Target; said: string }> {
  const said: string[] = [];
  const target = await selectTarget({
    kubeconfig,
    context,
    environment: readEnvironment({ KUBECONFIG, SNOOP_KUBECONFIG }),
    stateFolder: stateFolder ?? shared.folder,
    cwd: '/',
    progress: { ...silentProgress, print: (text) => void said.push(text) },
  });
  return { target, said: said.join('\n') };
}

/** A kubeconfig of clusters that are not there, one context each, named like its cluster. */
async function writeKubeconfig(...names: string[]): Promise<string> {
  const file = join(await makeFolder(), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: names.map((name) => ({ name, cluster: { server: `https://${name}.example:6443` } })),
    users: [{ name: 'admin', user: { token: 'x' } }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'admin' } })),
    'current-context': names[0],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

test('nothing named: the local control plane, without a word', async () => {
  const { target, said } = await select({});
  expect(target).toMatchObject({
    kind: 'local',
    server: shared.apiserver.url,
    stateCluster: { sources: [shared.source] },
  });
  expect(said).toBe('');
});

test('the KUBECONFIG that snoop up printed is no other cluster', async () => {
  expect((await select({ KUBECONFIG: shared.kubeconfig })).said).toBe('');
});

test('a KUBECONFIG in the shell is ignored and reported', async () => {
  const other = await writeKubeconfig('production');
  const { target, said } = await select({ KUBECONFIG: other });
  expect(target.kind).toBe('local');
  expect(said).toBe(
    `using the local control plane ${shared.apiserver.url}; KUBECONFIG (${other}) is ignored, use --kubeconfig to select it`,
  );
});

test('nothing named and nothing runs: what to do', async () => {
  const stateFolder = await makeFolder();
  const KUBECONFIG = await writeKubeconfig('production');
  await expect(select({ stateFolder, KUBECONFIG })).rejects.toMatchObject({
    code: 'no_control_plane',
    exitCode: 2,
    message: `No cluster runs in ${stateFolder}.`,
    advice: [
      "Start one: 'snoop up' or 'snoop up --kind'. Or use another cluster: --kubeconfig FILE, --context NAME.",
      `KUBECONFIG of this shell is ignored. To use that cluster: --kubeconfig ${KUBECONFIG}`,
    ],
  });
});

test('SNOOP_KUBECONFIG is the cluster when the state folder has none; it is reported', async () => {
  const SNOOP_KUBECONFIG = await writeKubeconfig('inside');
  const { target, said } = await select({ SNOOP_KUBECONFIG, stateFolder: await makeFolder() });
  expect(target).toMatchObject({ kind: 'named', server: 'https://inside.example:6443' });
  expect(said).toBe('cluster https://inside.example:6443 (context inside, user admin)');
  expect((await select({ SNOOP_KUBECONFIG })).target.kind).toBe('local');
});

test('a named cluster is reported', async () => {
  const kubeconfig = await writeKubeconfig('staging');
  const { target, said } = await select({ kubeconfig, stateFolder: await makeFolder() });
  expect(target).toMatchObject({
    kind: 'named',
    server: 'https://staging.example:6443',
    kubeconfig: { files: [kubeconfig] },
  });
  expect(said).toBe('cluster https://staging.example:6443 (context staging, user admin)');
});

test('--context alone chooses from the KUBECONFIG of the shell, of which the first file wins', async () => {
  const KUBECONFIG = [await writeKubeconfig('one', 'two'), await writeKubeconfig('two', 'three')].join(delimiter);
  expect((await select({ KUBECONFIG, context: 'three' })).target).toMatchObject({
    server: 'https://three.example:6443',
  });
  expect((await select({ KUBECONFIG, context: 'two' })).target).toMatchObject({ context: 'two', user: 'admin' });
});

test('the local control plane, named by its kubeconfig, is the local one', async () => {
  expect((await select({ kubeconfig: shared.kubeconfig })).target.kind).toBe('local');
});

test('a context that is not there', async () => {
  const kubeconfig = await writeKubeconfig('one', 'two');
  await expect(select({ kubeconfig, context: 'tow' })).rejects.toMatchObject({
    code: 'unknown_context',
    exitCode: 2,
    message: `There is no context 'tow' in ${kubeconfig}.`,
    advice: ['Choose one with --context: one, two'],
  });
});

test('a kubeconfig that is not there', async () => {
  await expect(select({ kubeconfig: '/no/such/file' })).rejects.toMatchObject({ code: 'bad_kubeconfig', exitCode: 2 });
});
