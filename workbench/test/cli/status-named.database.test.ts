import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createEventWriter,
  grantWorkbenchRole,
  loadClusterDocument,
  openPool,
  useNearestBaseline,
  workbenchRole,
} from '@snoop/snoopdb';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { deliver, makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

/** As the role of a workbench, with a password. */
let databaseUrl: string;
let folder: string;
beforeAll(async () => {
  const { pool, url } = await makeDatabase();
  await useNearestBaseline(pool, '1.36.3');
  const document = { paths: { '/version': { get: { operationId: 'getCodeVersion' } } } };
  await loadClusterDocument(pool, { source: 'a cluster', version: '1.36.0', etag: null, document });
  const writer = createEventWriter(pool, { source: 'a cluster' });
  await writer.write(deliver(['a.1', 'a.2']));
  await writer.close();
  const superuser = new URL(url);
  if (superuser.username === 'apisnoop') superuser.username = 'postgres';
  const privileged = openPool(superuser.href, { applicationName: 'test', max: 1 });
  await grantWorkbenchRole(privileged, 'secret');
  await privileged.end();
  databaseUrl = Object.assign(new URL(url), { username: workbenchRole, password: 'secret' }).href;
});
beforeEach(async () => {
  folder = await makeFolder();
});

/** An API server that answers only its version. */
async function startServer(): Promise<string> {
  const server = createServer((_, answer) => void answer.end('{"gitVersion":"v1.36.3"}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function askStatus(server: string, env: Record<string, string>, ...args: string[]) {
  const kubeconfig = join(folder, 'kubeconfig');
  const named = [{ name: 'in-cluster', cluster: { server } }];
  const contexts = [{ name: 'in-cluster', context: { cluster: 'in-cluster', user: 'workbench' } }];
  const users = [{ name: 'workbench', user: {} }];
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'in-cluster',
      clusters: named,
      contexts,
      users,
    }),
  );
  const words = [program, 'status', ...args, '--state', join(folder, 'state')];
  const child = spawn(process.execPath, words, {
    env: { SNOOP_KUBECONFIG: kubeconfig, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const [exitCode] = await once(child, 'close');
  return { exitCode, ...output };
}

test("without a cluster in the state folder, prints the environment's, with a workbench's rights", async () => {
  const server = await startServer();
  const text = await askStatus(server, { DATABASE_URL: databaseUrl });
  expect(text.exitCode, text.stdout).toBe(0);
  expect(text.stdout).toMatch(/API server +answers +http:/);
  expect(text.stdout).toMatch(/SnoopDB +answers +postgresql:\/\/snoop_workbench@/);
  expect(text.stdout).toContain('Kubernetes 1.36.3, context in-cluster, user workbench');
  expect(text.stdout).toContain('Baseline 1.36.0');
  expect(text.stdout).toContain('Source a cluster: 2 audit events arrived');
  expect(text.stdout).toContain('Stored: about 2 audit events');
  expect(text.stdout).not.toMatch(/secret|snoop up/);
  const json = await askStatus(server, { DATABASE_URL: databaseUrl }, '--output', 'json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    ...{ named: true, running: true, server, clusterVersion: '1.36.3', problems: [] },
    snoopdb: { running: true },
    sources: [{ source: 'a cluster', events: { known: true, count: 2, fill: { rows: 2 } } }],
  });
  expect(json.stdout).not.toContain('secret');
});

test('says that the cluster or SnoopDB does not answer, with advice', async () => {
  const away = await askStatus('http://127.0.0.1:1', { DATABASE_URL: 'postgresql://ada:secret@127.0.0.1:1/none' });
  expect(away.exitCode).toBe(1);
  expect(away.stdout).toMatch(/API server +does not answer/);
  expect(away.stdout).toMatch(/SnoopDB +does not answer/);
  expect(away.stdout).toContain('The cluster http://127.0.0.1:1 does not answer.');
  expect(away.stdout).toContain('Look at DATABASE_URL');
  expect(away.stdout).not.toContain('secret');
  const unnamed = await askStatus(await startServer(), {});
  expect(unnamed.exitCode).toBe(1);
  expect(unnamed.stdout).toMatch(/SnoopDB +not configured/);
  expect(unnamed.stdout).toContain('DATABASE_URL names the one');
});
