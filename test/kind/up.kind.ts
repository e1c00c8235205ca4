import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFailed, test } from 'vitest';
import { describeAuditRuns } from './audit-runs.ts';
import { call, run } from './support/command.ts';
import type { Ended } from './support/command.ts';
import { describeTrouble, openKindCluster } from './support/kind-cluster.ts';
import { step } from './support/progress.ts';
import { nodeImage } from './support/project.ts';
import { describeWorkbenchRole } from './workbench-role.ts';

/** The cluster of this file, made by `snoop up --kind`. The guard knows this state folder. */
const name = `${inject('clusterPrefix')}-up`;
const state = join(inject('runFolder'), 'state');
const cluster = openKindCluster(name, join(state, 'kind', 'kubeconfig'));

function story(what: string, work: () => Promise<void>): void {
  test(what, async () => {
    onTestFailed(async () => void process.stderr.write(`${await describeTrouble(cluster)}\n`));
    await work();
  });
}

const snoop = (command: string, ...args: string[]): Promise<Ended> =>
  run(process.execPath, ['workbench/bin/snoop.js', command, '--state', state, ...args]);
const up = (): Promise<Ended> => snoop('up', '--kind', '--name', name, '--image', nodeImage);

let exports = '';
/** The run on this machine; others follow it in the workbench. */
let runId = '';

story('snoop up --kind: one command, and a request was seen in SnoopDB', async () => {
  const { exitCode, stdout, stderr } = await step('snoop up --kind', up);
  expect(exitCode, stderr).toBe(0);
  exports = stdout;
  expect(stdout).toMatch(/^export KUBECONFIG=/m);
  expect(stdout).toMatch(/^export DATABASE_URL='?postgresql:\/\/apisnoop:.*@127\.0\.0\.1:/m);
  const status = await snoop('status');
  expect(status.exitCode, status.stderr).toBe(0);
  expect(status.stdout).toContain(name);
});

story('snoop test and report on this machine work on it', async () => {
  const examples = ['config-map-lifecycle', 'horizontal-pod-autoscaler-lifecycle'];
  const files = examples.map((example) => `workbench/examples/${example}.live.ts`);
  const ended = await step('snoop test', () => snoop('test', ...files, '--output', 'json'));
  expect(ended.exitCode, ended.stderr).toBe(0);
  const { run: ran, evidence, complete } = JSON.parse(ended.stdout);
  runId = ran.id;
  expect({ ...evidence, complete }).toMatchObject({ sent: 20, recorded: 20, missing: [], complete: true });
  const report = await snoop('report');
  expect(report.exitCode, report.stderr).toBe(0);
  expect(report.stdout).toContain('20 requests sent, 20 recorded');
});

describeAuditRuns(cluster, snoop, story);

describeWorkbenchRole(cluster, story);

story('the node restarts; snoop up --kind again finds or mends everything, and prints the same', async () => {
  await step('docker restart of the control plane', () => call('docker', ['restart', cluster.controlPlane]));
  const { exitCode, stdout, stderr } = await step('snoop up --kind, again', up);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toBe(exports);
  const report = await snoop('report', runId);
  expect(report.stdout, report.stderr).toContain('20 requests sent, 20 recorded');
});

story('snoop down --kind removes it', async () => {
  const { exitCode, stderr } = await step('snoop down --kind', () => snoop('down', '--kind'));
  expect(exitCode, stderr).toBe(0);
  expect(existsSync(join(state, 'kind'))).toBe(false);
  expect(await call('docker', ['ps', '--all', '--quiet', '--filter', `label=io.x-k8s.kind.cluster=${name}`])).toBe('');
});
