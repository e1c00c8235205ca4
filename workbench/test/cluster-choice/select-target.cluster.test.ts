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

/** Writes a kubeconfig of missing clusters, with a context for each. */
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

test('by default, chooses the local control plane without a message', async () => {
  const { target, said } = await select({});
  expect(target).toMatchObject({
    kind: 'local',
    server: shared.apiserver.url,
    stateCluster: { sources: [shared.source] },
  });
  expect(said).toBe('');
});

test('recognizes the KUBECONFIG of snoop up as the local cluster', async () => {
  expect((await select({ KUBECONFIG: shared.kubeconfig })).said).toBe('');
});

test('ignores and reports a KUBECONFIG in the shell', async () => {
  const other = await writeKubeconfig('production');
  const { target, said } = await select({ KUBECONFIG: other });
  expect(target.kind).toBe('local');
  expect(said).toBe(
    `using the local control plane ${shared.apiserver.url}; KUBECONFIG (${other}) is ignored, use --kubeconfig to select it`,
  );
});

test('reports that nothing is named and nothing runs', async () => {
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

test('SNOOP_KUBECONFIG is used and reported if the state folder has no cluster', async () => {
  const SNOOP_KUBECONFIG = await writeKubeconfig('inside');
  const { target, said } = await select({ SNOOP_KUBECONFIG, stateFolder: await makeFolder() });
  expect(target).toMatchObject({ kind: 'named', server: 'https://inside.example:6443' });
  expect(said).toBe('cluster https://inside.example:6443 (context inside, user admin)');
  expect((await select({ SNOOP_KUBECONFIG })).target.kind).toBe('local');
});

test('reports a named cluster', async () => {
  const kubeconfig = await writeKubeconfig('staging');
  const { target, said } = await select({ kubeconfig, stateFolder: await makeFolder() });
  expect(target).toMatchObject({
    kind: 'named',
    server: 'https://staging.example:6443',
    kubeconfig: { files: [kubeconfig] },
  });
  expect(said).toBe('cluster https://staging.example:6443 (context staging, user admin)');
});

test("--context alone selects from the shell's KUBECONFIG, whose first file wins", async () => {
  const KUBECONFIG = [await writeKubeconfig('one', 'two'), await writeKubeconfig('two', 'three')].join(delimiter);
  expect((await select({ KUBECONFIG, context: 'three' })).target).toMatchObject({
    server: 'https://three.example:6443',
  });
  expect((await select({ KUBECONFIG, context: 'two' })).target).toMatchObject({ context: 'two', user: 'admin' });
});

test('recognizes the local control plane by its kubeconfig', async () => {
  expect((await select({ kubeconfig: shared.kubeconfig })).target.kind).toBe('local');
});

test('reports a missing context', async () => {
  const kubeconfig = await writeKubeconfig('one', 'two');
  await expect(select({ kubeconfig, context: 'tow' })).rejects.toMatchObject({
    code: 'unknown_context',
    exitCode: 2,
    message: `There is no context 'tow' in ${kubeconfig}.`,
    advice: ['Choose one with --context: one, two'],
  });
});

test('reports a missing kubeconfig', async () => {
  await expect(select({ kubeconfig: '/no/such/file' })).rejects.toMatchObject({ code: 'bad_kubeconfig', exitCode: 2 });
});
