import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOwnKubeConfig } from '../../src/audited-cluster/own-kube-config.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { describeSweep, sweepDeadRuns } from '../../src/removal/sweep.ts';
import { openShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { runLive, statesOf } from '../support/live-run.ts';
import { openOwnClient } from '../support/own-client.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const imports = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
`;

test('a namespace that stays in Terminating is named with what keeps it', async () => {
  const source = `${imports}
liveTest('holds', async ({ cluster, namespace }) => {
  const metadata = { name: 'held', finalizers: ['example.com/hold'] };
  await cluster.client(CoreV1Api).createNamespacedConfigMap({ namespace, body: { metadata } });
});`;
  const run = await runLive(controlPlane, database, { 'holds.live.ts': source });
  expect(run.state).toBe('passed');
  const namespace = run.record.tests[0]?.namespace ?? expect.fail('no namespace');
  const choice = { files: [controlPlane.kubeconfig], context: null };
  const sweep = async (): Promise<string> =>
    describeSweep(
      await sweepDeadRuns({ ownKubeConfig: openOwnKubeConfig(choice), stateFolder: run.stateFolder, deletionMs: 0 }),
    ) ?? '';
  await expect
    .poll(sweep, { timeout: 60_000 })
    .toMatch(
      new RegExp(
        `^Still left in the cluster: namespaces/${namespace}, deleted \\d+ s ago: .*example.com/hold in 1 resource`,
      ),
    );
  const core = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
  await core.replaceNamespacedConfigMap({
    namespace,
    name: 'held',
    body: { metadata: { name: 'held', finalizers: [] } },
  });
  await expect.poll(sweep, { timeout: 60_000 }).toBe('');
});

test('50 watches that nobody closes and a megabyte of output change nothing', async () => {
  const source = `${imports}
liveTest('watches', async ({ cluster, namespace }) => {
  const opened = Array.from({ length: 50 }, () => cluster.request({ path: '/api/v1/namespaces/' + namespace + '/pods?watch=true' }));
  for (const one of opened) one.catch(() => {});
  // Answered after the watches, on the same connections or later ones.
  await cluster.client(CoreV1Api).listNamespacedPod({ namespace });
  await new Promise((done) => setTimeout(done, 200));
});
liveTest('prints', async ({ cluster }) => {
  console.log('x'.repeat(1_000_000));
  await cluster.request({ path: '/version' });
});`;
  const run = await runLive(controlPlane, database, { 'hard.live.ts': source });
  expect(statesOf(run)).toEqual({ watches: 'passed', prints: 'passed' });
  expect(run.printed).toContain('x'.repeat(1_000_000));
  expect(run.evidence).toMatchObject({ end: 'complete', missing: [] });
  expect(run.record.requests).toHaveLength(52);
});

test('credentials that have expired are named before anything runs', async () => {
  const folder = await makeFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  const text = await readFile(controlPlane.kubeconfig, 'utf8');
  await writeFile(kubeconfig, text.replace(/token: .*/, 'token: expired'));
  const target = await selectTarget({
    ...{ kubeconfig, context: undefined, environment: readEnvironment({}), cwd: folder },
    ...{ stateFolder: folder, progress: silentProgress },
  });
  const run = runLive(controlPlane, database, { 'a.live.ts': `${imports}liveTest('a', () => {});` }, { target });
  await expect(run).rejects.toMatchObject({
    code: 'cluster_unreachable',
    message: expect.stringContaining('answered 401'),
    advice: ["The credentials of the kubeconfig are wrong or have expired: 'snoop doctor'."],
  });
});
