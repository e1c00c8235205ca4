import { join } from 'node:path';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import { expect, onTestFinished, test } from 'vitest';
import { expectAllRecorded, hitsOf, parseReport } from './support/report.ts';
import { makeFolder, runSnoop, startSnoop, waitForFile, writeLiveTest } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

const request = `await cluster.request({ method: 'GET', path: '/api/v1/namespaces' });`;

test("a cluster whose audit events do not reach SnoopDB: '0 recorded', what to check, exit 3 though a test failed", async () => {
  const elsewhere = await createTestDatabase();
  onTestFinished(elsewhere.discard);
  const file = await writeLiveTest(
    `liveTest('lost', async ({ cluster }) => { ${request} ${request} throw new Error('failed too'); });`,
  );
  const { exitCode, stdout, stderr } = await runSnoop(
    ['test', file, '--state', await makeFolder(), '--kubeconfig', join(sharedState(), 'kubeconfig'), '--wait', '1'],
    { env: { DATABASE_URL: elsewhere.url } },
  );
  expect(stdout).toContain('2 requests sent, 0 recorded');
  expect(stderr).toContain('--audit-webhook-config-file');
  expect(exitCode).toBe(3);
});

test('resolves a CRD that appears later, even if it exists within one test only', async () => {
  const file = await writeLiveTest(`
import { ApiextensionsV1Api, CustomObjectsApi } from '@kubernetes/client-node';
liveTest('gizmos', { timeout: 60_000 }, async ({ cluster, namespace }) => {
  const extensions = cluster.client(ApiextensionsV1Api);
  const group = 'later' + Date.now() + '.example.org';
  const name = 'gizmos.' + group;
  await extensions.createCustomResourceDefinition({ body: {
    metadata: { name },
    spec: { group, scope: 'Namespaced', names: { plural: 'gizmos', singular: 'gizmo', kind: 'Gizmo', listKind: 'GizmoList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }] },
  } });
  const path = '/apis/' + group + '/v1/namespaces/' + namespace + '/gizmos';
  await expect.poll(async () => (await cluster.request({ method: 'GET', path })).status, { timeout: 20_000 }).toBe(200);
  await expect.poll(async () => (await cluster.request({ method: 'GET', path: '/openapi/v2' })).body.includes(path.replace(namespace, '{namespace}')), { timeout: 30_000, interval: 500 }).toBe(true);
  const custom = cluster.client(CustomObjectsApi);
  await custom.createNamespacedCustomObject({ group, version: 'v1', namespace, plural: 'gizmos', body: { apiVersion: group + '/v1', kind: 'Gizmo', metadata: { name: 'one' } } });
});`);
  const ended = await runSnoop(['test', file, '--state', sharedState(), '--output', 'json']);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const report = parseReport(ended);
  expectAllRecorded(report);
  const gizmos = report.endpoints.filter(({ endpoint }) => endpoint.endsWith('NamespacedGizmo'));
  expect(gizmos.map(({ hits, inBaseline }) => ({ hits: hits > 0, inBaseline }))).toEqual([
    { hits: true, inBaseline: false },
    { hits: true, inBaseline: false },
  ]);
  expect(report.change.map(({ difference }) => difference)).toEqual([0, 0, 0, 0]);
});

test('a database with a newer schema is refused by both versions, and not changed', async () => {
  const { pool, url, discard } = await createTestDatabase();
  onTestFinished(discard);
  const { rows } = await pool.query<{ relation: string }>(
    `select format('%I.%I', schemaname, tablename) as relation from pg_tables where tablename like '%migration%'`,
  );
  const relation = rows[0]?.relation;
  expect(relation).toBeDefined();
  await pool.query(`insert into ${relation} values (9999, 'from the future', 'its digest')`);
  const { exitCode, stderr } = await runSnoop(['report', '--state', await makeFolder(), '--database-url', url]);
  expect(stderr).toMatch(/9999/);
  expect(exitCode).toBe(3);
});

test('Ctrl-C ends a run with the report of what ran, and leaves the journal', async () => {
  const folder = await makeFolder();
  const ready = join(folder, 'ready');
  const file = await writeLiveTest(`
import { writeFile } from 'node:fs/promises';
liveTest('endless', { timeout: 0 }, async ({ cluster }) => {
  ${request}
  await writeFile(${JSON.stringify(ready)}, '');
  await new Promise(() => {});
});`);
  const snoop = startSnoop(['test', file, '--state', sharedState(), '--output', 'json']);
  await waitForFile(ready);
  snoop.interrupt();
  const ended = await snoop.ended;
  expect(ended.exitCode, ended.stderr).toBe(130);
  const report = parseReport(ended);
  expect(report.run.state).toBe('interrupted');
  expect(hitsOf(report)).toEqual({ listCoreV1Namespace: 1 });
});
