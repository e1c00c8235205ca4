import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultRelease } from '../../src/release.ts';
import { findPrograms } from '../../src/control-plane/programs/find-programs.ts';
import { startControlPlane } from '../../src/control-plane/start.ts';
import { countEvents } from '../../src/control-plane/events-arrived.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { makeDatabase } from '../support/database.ts';
import { askCluster, makeStateFolder, snoop, until } from './support.ts';

const nobody = 'http://127.0.0.1:2';
const signal = new AbortController().signal;

test('runs without a kube-controller-manager, and with an external database', async () => {
  const folder = await makeStateFolder();
  const { url, pool } = await makeDatabase();
  const said: string[] = [];
  const progress = {
    ...silentProgress,
    print: (text: string) => void said.push(text),
  };
  const environment = readEnvironment();
  const { etcd, apiserver } = await findPrograms({
    release: defaultRelease,
    etcdData: null,
    environment,
    progress,
    signal,
  });
  const assets = join(dirname(folder), 'assets');
  mkdirSync(assets);
  for (const { name, path } of [etcd, apiserver]) symlinkSync(path, join(assets, name));

  const { controlPlane } = await startControlPlane({
    folder,
    databaseUrl: url,
    // Only the assets: no cache, network or Go.
    environment: {
      ...environment,
      kubebuilderAssets: assets,
      path: [],
      cacheFolder: join(dirname(folder), 'cache'),
      forPrograms: { PATH: '' },
    },
    sources: { kubernetes: nobody, etcd: nobody, envtestReleases: nobody, kwok: nobody },
    progress,
    signal,
  });
  expect(controlPlane).toMatchObject({
    clusterVersion: defaultRelease,
    controllerManager: { running: false, why: expect.stringContaining('there is no go on the PATH') },
    snoopdb: { url, embedded: false },
  });
  expect(said.join('\n')).toContain('Starting without kube-controller-manager');
  expect(said.join('\n')).toContain('Deleted namespaces stay Terminating');

  // Without it, a Pod would need a ServiceAccount, which does not exist here.
  const pod = { metadata: { name: 'lonely' }, spec: { containers: [{ name: 'main', image: 'none' }] } };
  expect((await askCluster(folder, 'POST', '/api/v1/namespaces/default/pods', pod)).status).toBe(201);
  await until(async () => {
    const { rows } = await pool.query(
      `select from testing.audit_event where endpoint = 'createCoreV1NamespacedPod' and code = 201`,
    );
    return rows.length > 0;
  });
  expect(await countEvents(url, controlPlane.source)).toMatchObject({ known: true, estimated: false });

  const status = await snoop(['status'], folder);
  expect(status.exitCode).toBe(0);
  expect(status.stdout).toContain('Without kube-controller-manager: none was found');
  await snoop(['down', '--purge'], folder);
  // An external database is not removed.
  const { rows } = await pool.query('select count(*)::int as count from testing.audit_event');
  expect(rows[0]?.count).toBeGreaterThan(0);
});
