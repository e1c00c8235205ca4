import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askRunCoverage } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { printReport } from '../../src/report/print.ts';
import { createReport } from '../../src/report/report.ts';
import { openOwnClient } from '../support/own-client.ts';
import { openShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { runLive, statesOf } from '../support/live-run.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const source = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { PassThrough } from 'node:stream';
import { expect } from 'vitest';
const missing = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'missing', namespace: 'default' } };
const read = (cluster) => cluster.client(CoreV1Api).readNamespacedPod({ namespace: 'default', name: 'missing' });
liveTest('generated', async ({ cluster }) => { await read(cluster); });
liveTest('invalid', async ({ cluster }) => {
  await cluster.client(CoreV1Api).createNamespacedPod({ namespace: 'default', body: { metadata: { name: 'x' }, spec: { containers: [] } } });
});
liveTest('objects', async ({ cluster }) => { await cluster.objects().read(missing); });
liveTest('log', async ({ cluster }) => { await cluster.log().log('default', 'missing', 'c', new PassThrough()); });
liveTest('watch', async ({ cluster }) => {
  await new Promise((resolve, reject) => cluster.watch().watch('/api/v1/nowhere', {}, () => {}, reject));
});
liveTest('exec', async ({ cluster }) => {
  await cluster.exec().exec('default', 'missing', 'c', ['true'], null, null, null, false);
});
liveTest('cause', async ({ cluster }) => {
  await read(cluster).catch((error) => { throw new Error('the Pod is not there', { cause: error }); });
});
liveTest('assertion', async ({ cluster }) => { await expect(read(cluster)).resolves.toBe(1); });
liveTest('step', async ({ cluster, step }) => { await step('reading', () => read(cluster)); });
liveTest('tries', { retry: 1 }, async ({ cluster }) => { await read(cluster); });
`;

test('an API error is one line in the terminal, in every report and in SnoopDB', async () => {
  const run = await runLive(controlPlane, database, { 'errors.live.ts': source });
  expect(statesOf(run)).toMatchInlineSnapshot(`
    {
      "assertion": "failed: promise rejected "Error: 404 Not Found" instead of resolving
    Caused by: 404 NotFound: pods "missing" not found",
      "cause": "failed: the Pod is not there
    Caused by: 404 NotFound: pods "missing" not found",
      "exec": "failed: 404 Not Found: the server refused the WebSocket",
      "generated": "failed: 404 NotFound: pods "missing" not found",
      "invalid": "failed: 422 Invalid: Pod "x" is invalid: spec.containers: Required value",
      "log": "failed: 404 Not Found",
      "objects": "failed: 404 NotFound: pods "missing" not found",
      "step": "failed: 404 NotFound: pods "missing" not found",
      "tries": "failed: 404 NotFound: pods "missing" not found",
      "watch": "failed: 404 Not Found",
    }
  `);
  const { rows } = await database.pool.query<{ name: string; error: string }>(
    'select name, error from testing.run_test where run = $1',
    [run.runId],
  );
  expect(Object.fromEntries(rows.map(({ name, error }) => [name, `failed: ${error}`]))).toEqual(statesOf(run));
  const report = createReport(await askRunCoverage(database.pool, run.runId));
  const reports = (['text', 'markdown', 'json'] as const).map((format) => printReport(report, format, false));
  for (const text of [run.printed, ...reports]) {
    expect(text).toContain('404 NotFound: pods');
    expect(text).not.toMatch(
      /Unknown API Status|Unsuccessful HTTP|HTTP-Code|[Aa]udit-[Ii]d"|"?headers"?:|content-type|Serialized Error|kind\\?":\\?"Status/,
    );
  }
  // Each of vitest's blocks has it once; the two tries of the last test are two blocks.
  expect(run.printed.match(/API error: 404 NotFound: pods "missing" not found/g)?.length).toBeLessThanOrEqual(7);
});

test('--verbose prints API errors in full to the terminal only', async () => {
  const one = `${source.split("liveTest('invalid'")[0]}`;
  const run = await runLive(controlPlane, database, { 'errors.live.ts': one }, { verbose: true });
  expect(run.printed).toContain('Unknown API Status Code!');
  expect(statesOf(run)).toEqual({ generated: 'failed: 404 NotFound: pods "missing" not found' });
});

test('reports that a namespace could not be created', async () => {
  const one = `
import { liveTest } from '@snoop/workbench';
liveTest('no rights', async ({ namespace }) => { console.log(namespace); });`;
  const folder = await makeFolder();
  const config = openOwnClient(controlPlane.kubeconfig);
  config.users = config.users.map((user) => ({ ...user, impersonateUser: 'nobody' }));
  await writeFile(join(folder, 'kubeconfig'), config.exportConfig());
  const target = await selectTarget({
    kubeconfig: join(folder, 'kubeconfig'),
    context: undefined,
    environment: readEnvironment({}),
    stateFolder: controlPlane.folder,
    cwd: folder,
    progress: silentProgress,
  });
  const run = await runLive(controlPlane, database, { 'namespace.live.ts': one }, { target });
  const [error = ''] = Object.values(statesOf(run));
  expect(error.replace(/live-no-rights-[a-z2-7]{6}/, 'live-x')).toMatchInlineSnapshot(`
    "failed: The namespace live-x for this test could not be created.
    Caused by: 403 Forbidden: namespaces is forbidden: User "nobody" cannot create resource "namespaces" in API group "" at the cluster scope"
  `);
  expect(run.printed).not.toMatch(/Unknown API Status|Serialized Error/);
});
