import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { askRunCoverage, grantWorkbenchRole, openPool, workbenchRole } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { prepareRun } from '../../src/run/prepare-run.ts';
import { findShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { runLive } from '../support/live-run.ts';

let controlPlane: ControlPlane;
let pool: Pool;

beforeAll(async () => {
  controlPlane = await findShared();
  const url = new URL(controlPlane.snoopdb.url);
  // SnoopDB's own role may not create roles; the superuser has the same password.
  url.username = 'postgres';
  const superuser = openPool(url.href, { max: 1 });
  await grantWorkbenchRole(superuser, 'se:cr/et').finally(() => superuser.end());
  url.username = workbenchRole;
  url.password = 'se:cr/et';
  pool = openPool(url.href, { max: 4 });
});
afterAll(() => pool.end());

const source = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
liveTest('a config map', async ({ cluster, namespace, step }) => {
  const core = cluster.client(CoreV1Api);
  await step('create', () => core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' } } }));
  await step('list', () => core.listNamespacedConfigMap({ namespace }));
});
`;

test.each(['local', 'named'])("the workbench's role can perform a run on the %s cluster", async (kind) => {
  const database = { pool, key: 'shared', release: async () => {} };
  const kubeconfig = join(await makeFolder(), 'kubeconfig');
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  config.clusters = config.clusters.map((cluster) => ({
    ...cluster,
    server: cluster.server.replace('127.0.0.1', 'localhost'),
    tlsServerName: 'kubernetes',
  }));
  await writeFile(kubeconfig, config.exportConfig());
  const target = await selectTarget({
    ...{ kubeconfig, context: undefined, environment: readEnvironment({}), stateFolder: await makeFolder() },
    ...{ cwd: '/', progress: silentProgress },
  });
  const run = await runLive(controlPlane, database, { 'a.live.ts': source }, kind === 'named' ? { target } : {});
  expect(run).toMatchObject({ state: 'passed', evidence: { end: 'complete', missing: [] } });
  await prepareRun(run.runId, { database, stateFolder: run.stateFolder, target: null, progress: silentProgress });
  const coverage = await askRunCoverage(pool, run.runId);
  expect(coverage.run.sources).toEqual([controlPlane.source]);
  expect(coverage.evidence).toMatchObject({ sent: 2, recorded: 2, others: [] });
  const settled = await pool.query('select from testing.run where id = $1 and settled_at is not null', [run.runId]);
  expect(settled.rowCount).toBe(1);
});
