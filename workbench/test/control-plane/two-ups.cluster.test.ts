import { expect, test } from 'vitest';
import { findShared } from '../support/control-plane.ts';
import { askCluster, makeStateFolder, readStatus, snoop, up } from './support.ts';

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
