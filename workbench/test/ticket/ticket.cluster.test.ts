import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { collectEvidence } from '../../src/ticket/collect-evidence.ts';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { openShared } from '../support/control-plane.ts';
import { runLive } from '../support/live-run.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const source = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';

const value = ['very', 'secret'].join(' ');

liveTest('a Secret', async ({ cluster, namespace, step }) => {
  const core = cluster.client(CoreV1Api);
  await step('create it', async () => {
    const { metadata } = await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: 'credentials', annotations: { sent: value } }, stringData: { password: value } },
    });
    console.log('created', metadata?.name);
  });
  await step('read another one', async () => {
    await core.readNamespacedSecret({ namespace, name: 'none' });
  });
});
`;

test('shows what a test printed, and no body, header or kubeconfig, also not of an API error', async () => {
  const run = await runLive(controlPlane, database, { 'secret.live.ts': source });
  expect(run.state).toBe('failed');
  const { body } = writeTicket(await collectEvidence(database.pool, [run.runId], { outlineOnly: false }));
  expect(body).toContain('It printed:\n\n```\ncreated credentials\n```');
  expect(body).toContain('The run failed: 1 of 1 test did not pass ("a Secret").');
  expect(body).toContain('"output":"created credentials\\n"');
  expect(body).toMatch(/"error":"[^"]*404/);
  for (const secret of ['very secret', Buffer.from('very secret').toString('base64')]) {
    expect(body).not.toContain(secret);
  }
  for (const header of ['audit-id', 'authorization', 'content-type', 'x-kubernetes-pf', 'cache-control']) {
    expect(body.toLowerCase(), header).not.toContain(header);
  }
  const values = listValues(load(await readFile(controlPlane.kubeconfig, 'utf8')));
  expect(values.filter((value) => body.includes(value))).toEqual([]);
});

/** Keys, certificates, tokens and other long texts of a kubeconfig. The server's address is in the run. */
function listValues(value: unknown): string[] {
  if (typeof value === 'string') return value.length > 20 && !value.startsWith('https://') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listValues) : [];
}
