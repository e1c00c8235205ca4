import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { askRunCoverage, exportRun } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { openShared } from '../support/control-plane.ts';
import { runLive } from '../support/live-run.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const names = `export const secretName = 'credentials';\n`;
const source = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { writeFileSync } from 'node:fs';
import { secretName } from './names.ts';

liveTest('keeps secrets', async ({ cluster, namespace }) => {
  // Saved again while the test runs.
  writeFileSync(new URL('./names.ts', import.meta.url), '// changed');
  const core = cluster.client(CoreV1Api);
  const stringData = { password: 'very secret', note: 'also hidden' };
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: secretName }, stringData } });
  await core.listNamespacedSecret({ namespace });
  await core.createNamespacedServiceAccountToken({ namespace, name: 'default', body: { spec: { audiences: [] } } }).catch(() => {});
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'large' }, data: { text: 'x'.repeat(70_000) } },
  });
  // The controller manager creates it.
  for (;;) {
    const { items } = await core.listNamespacedConfigMap({ namespace });
    if (items.some(({ metadata }) => metadata.name === 'kube-root-ca.crt')) break;
  }
});
`;

test('keeps its sources as they were, its bodies without secrets, and what controllers did in its namespace', async () => {
  const run = await runLive(controlPlane, database, { 'secrets.live.ts': source, 'names.ts': names });
  expect(run.state).toBe('passed');
  const { pool } = database;
  const coverage = await askRunCoverage(pool, run.runId);
  const controllers = coverage.indirect.agents.flatMap(({ agent, endpoints }) =>
    endpoints.map(({ endpoint, hits }) => `${agent.split('/')[0]} ${endpoint} ${hits}`),
  );
  expect(controllers).toContain('kube-controller-manager createCoreV1NamespacedConfigMap 1');
  expect(controllers.filter((line) => line.includes('deletecollection'))).toEqual([]);
  expect(coverage.otherClients).toEqual([]);

  const document = (await exportRun(pool, run.runId, { bodies: true })) as unknown as {
    files: { file: string; content: string }[];
    tests: { namespace: string; owns_namespace: boolean }[];
    bodies: { direction: string; body: unknown; omitted: string | null }[];
  };
  expect(document.files).toEqual([
    { file: 'names.ts', content: names, omitted: null },
    { file: 'secrets.live.ts', content: source, omitted: null },
  ]);
  expect(document.tests).toMatchObject([
    { namespace: expect.stringMatching(/^live-keeps-secrets-/), owns_namespace: true },
  ]);
  const bodies = JSON.stringify(document.bodies);
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  for (const secret of ['very secret', 'also hidden', base64('very secret'), base64('also hidden'), 'eyJ']) {
    expect(bodies).not.toContain(secret);
  }
  expect(document.bodies).toContainEqual(
    expect.objectContaining({
      direction: 'request',
      body: { metadata: { name: 'credentials' }, stringData: { password: '<11 bytes>', note: '<11 bytes>' } },
    }),
  );
  expect(document.bodies.filter(({ omitted }) => omitted === 'larger than 64 KB').length).toBeGreaterThanOrEqual(2);
  expect(await exportRun(pool, run.runId)).not.toHaveProperty('bodies');

  const journal = await readdir(join(run.stateFolder, 'runs', run.runId));
  expect(journal.filter((name) => name.startsWith('bodies'))).toEqual([]);
});
