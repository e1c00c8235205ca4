import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findShared } from '../support/control-plane.ts';
import { askCluster, expectDead, listProcesses, makeStateFolder, readStatus, snoop, until, up } from './support.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

test('down and up keep cluster, database and addresses; purge removes them', async () => {
  const folder = await makeStateFolder();
  const nothing = await snoop(['status'], folder);
  expect(nothing).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`Nothing runs in ${folder}`) });
  expect(await snoop(['down'], folder)).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Nothing runs') });

  const first = await up(folder);
  const names = [...first.stdout.matchAll(/^export (\w+)='[^']+'$/gm)].map(([, name]) => name);
  expect(names).toEqual([
    ...['SNOOP_STATE', 'KUBECONFIG', 'DATABASE_URL'],
    ...['PGPORT', 'PGHOST', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGSSLMODE'],
  ]);
  expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'kubeconfig')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'certs', 'status-token')).mode & 0o777).toBe(0o600);
  const made = await askCluster(folder, 'POST', configMaps, { metadata: { name: 'kept' } });
  expect(made.status).toBe(201);

  const before = await until(async () => {
    const status = await readStatus(folder);
    return status.events.known && status.events.count > 0 ? status : null;
  });
  expect(before).toMatchObject({
    clusterVersion: '1.37.2',
    release: '1.37.2',
    baseline: { release: '1.37.0' },
    controllerManager: { why: null },
  });
  expect(JSON.stringify(before)).not.toContain(/PGPASSWORD='(.*)'/.exec(first.stdout)?.[1]);
  const again = await up(folder);
  expect(again.stdout).toBe(first.stdout);
  expect(again.stderr).toContain('runs already');
  const other = await snoop(['up', '--release', '1.35'], folder);
  expect(other).toMatchObject({ exitCode: 2, stdout: '' });
  expect(other.stderr).toContain('Kubernetes 1.37.2 runs here, not 1.35.0');

  const processes = listProcesses(folder);
  expect(processes).toHaveLength(7);
  expect(await snoop(['down'], folder)).toMatchObject({ exitCode: 0, stdout: '' });
  expectDead(processes);
  const older = await snoop(['up', '--release', '1.35'], folder);
  expect(older).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('1.35.0 cannot use its data') });

  expect((await up(folder)).stdout).toBe(first.stdout);
  const after = await readStatus(folder);
  expect(after.source).toBe(before.source);
  expect(after.apiserver.url).toBe(before.apiserver.url);
  expect(after.auditlogger.url).toBe(before.auditlogger.url);
  if (!before.events.known || !after.events.known) throw new Error('SnoopDB did not answer');
  expect(after.events.count).toBeGreaterThanOrEqual(before.events.count);
  expect((await askCluster(folder, 'GET', `${configMaps}/kept`)).status).toBe(200);

  const last = listProcesses(folder);
  expect(await snoop(['down', '--purge'], folder)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('deleted'),
  });
  expectDead(last);
  expect(existsSync(folder)).toBe(false);
  expect(await snoop(['down', '--purge'], folder)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('nothing to delete'),
  });
});

test('two ups at once start one control plane; a DATABASE_URL of the shell is ignored and reported', async () => {
  const folder = await makeStateFolder();
  const elsewhere = 'postgresql://somebody@127.0.0.1:1/production';
  const [one, other] = await Promise.all([up(folder), snoop(['up'], folder, { DATABASE_URL: elsewhere })]);
  expect(other.exitCode, other.stderr).toBe(0);
  expect(other.stdout).toBe(one.stdout);
  expect([one, other].filter(({ stderr }) => stderr.includes('runs already'))).toHaveLength(1);
  expect(other.stderr).toContain('DATABASE_URL is ignored; to use that database, pass --database-url.');
  const named = await snoop(['up', '--database-url', elsewhere], folder);
  expect(named).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('another SnoopDB') });

  const shared = (await findShared()).folder;
  const [first, second] = [await readStatus(folder), await readStatus(shared)];
  const addresses = [first, second].flatMap((status) =>
    [status.apiserver, status.etcd, status.snoopdb, status.auditlogger].map(({ url }) => url),
  );
  expect(new Set(addresses).size).toBe(8);
  expect(first.source).not.toBe(second.source);
  await snoop(['down'], folder);
  expect((await askCluster(shared, 'GET', '/readyz')).status).toBe(200);
});
