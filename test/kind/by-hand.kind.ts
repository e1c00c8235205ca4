import { join } from 'node:path';
import { expect, inject, onTestFailed, test } from 'vitest';
import { describeProduction } from './production.ts';
import { replaceAuditlogger } from './support/auditlogger-image.ts';
import { call } from './support/command.ts';
import { describeTrouble, loadImages, openKindCluster } from './support/kind-cluster.ts';
import { step } from './support/progress.ts';
import { images, nodeImage } from './support/project.ts';
import { sayRecorded } from './support/recorded.ts';
import { startRequestLoad } from './support/request-load.ts';
import { openTerminal } from './support/terminal.ts';
import type { Terminal } from './support/terminal.ts';
import { waitUntil } from './support/wait-until.ts';
import { describeWorkbenchRole } from './workbench-role.ts';

/** The cluster of this file, made by the four commands of docs/kind.md; each test goes on where the one before it stopped. */
const name = `${inject('clusterPrefix')}-hand`;
const kubeconfig = join(inject('runFolder'), 'kubeconfig');
const cluster = openKindCluster(name, kubeconfig);

/** A test of this cluster, which says what the cluster looked like when it fails. */
function story(what: string, work: () => Promise<void>): void {
  test(what, async () => {
    onTestFailed(async () => void process.stderr.write(`${await describeTrouble(cluster)}\n`));
    await work();
  });
}

story('four commands make a cluster that records from its first minute on', async () => {
  // The first time on a machine it fetches packages, and compiles.
  await step('npm run images', () => call('npm', ['run', '--silent', 'images']));
  await step('kind create cluster', () =>
    call('kind', ['create', 'cluster', '--config', 'kind/kind.yaml', '--name', name, '--image', nodeImage]),
  );
  await step('kind load docker-image', () => loadImages(cluster, images));
  await step('kubectl apply -k manifests/kind', () => cluster.kubectl(['apply', '-k', 'manifests/kind']));
  await step('the workbench is ready', () =>
    cluster.kubectl(['rollout', 'status', '-n', 'snoop', 'deploy/workbench', '--timeout=900s']),
  );
  // kubeadm asked before there was an image of the auditlogger on the node: these events waited in the apiserver.
  const early = `select count(*) from testing.audit_event where useragent like 'kubeadm/%'`;
  await step('what kubeadm asked is recorded', () =>
    waitUntil('events of kubeadm are there', async () => Number((await cluster.ask(early))[0]?.[0]) > 0, 270),
  );
  const metrics = await cluster.kubectl(['get', '--raw', '/metrics']);
  expect(metrics.split('\n').filter((line) => line.startsWith('apiserver_audit_error_total'))).toEqual([]);
});

story("the demo's tests run in the workbench, and every request of theirs is recorded", async () => {
  const { exitCode, stdout, stderr } = await step('snoop test in the workbench', () =>
    cluster.inWorkbench(['sh', '-c', 'exec snoop test examples/*.live.ts --output json']),
  );
  expect(exitCode, stderr).toBe(0);
  // What a person sees before the report is about the tests, and not about how the image was made.
  expect(stderr).not.toMatch(/warning|failed to load/i);
  const { evidence, complete, newlyTested } = JSON.parse(stdout);
  expect({ missing: evidence.missing, recorded: evidence.recorded, complete, newlyTested }).toMatchObject({
    missing: [],
    recorded: evidence.sent,
    complete: true,
  });
  expect(evidence.sent).toBe(20);
});

describeWorkbenchRole(cluster, story);

story('two clients share one terminal, in which the audit events go by', async () => {
  const exec = ['exec', '-it', '-n', 'snoop', 'deploy/workbench', '--', 'snoop', 'pair', '--local'];
  const enter = (): Terminal => openTerminal(['kubectl', ...cluster.where, ...exec]);
  await step('two clients in one terminal', async () => {
    const ada = enter();
    await ada.sees('Ctrl-b d');
    const grace = enter();
    await grace.sees('Ctrl-b d');
    // A window of their own, beside the panes, and a shell in it.
    ada.type('\u0002c');
    ada.type('echo together-$((6*7))\r');
    await grace.sees('together-42');
    grace.type('echo and-back-$((7*7))\r');
    await ada.sees('and-back-49');
    ada.type('\u0002d');
    expect(await ada.ended()).toBe(0);
    grace.type('echo still-here-$((8*8))\r');
    await grace.sees('still-here-64');
    const { exitCode, stderr } = await cluster.inWorkbench(['snoop', 'pair', '--end']);
    expect(exitCode, stderr).toBe(0);
    expect(await grace.ended()).toBe(0);
  });
});

story('what is sent is recorded', async () => {
  const load = await startRequestLoad(kubeconfig);
  await load.sawAnswers(1_000);
  await sayRecorded('1,000 requests', load, cluster.ask);
});

story("the control plane's node is restarted in mid-load, and nothing is lost", async () => {
  const before = await cluster.ask('select count(*) from testing.audit_event');
  const load = await startRequestLoad(kubeconfig);
  await load.sawAnswers(300);
  await step('docker restart of the control plane', () => call('docker', ['restart', cluster.controlPlane]));
  await step('it answers again', () => load.sawAnswers(300));
  await step('the workbench is back', () =>
    waitUntil('psql in the workbench answers', async () => (await cluster.ask('select 1')).length === 1),
  );
  await sayRecorded('docker restart', load, cluster.ask);
  // It was in mid-load.
  expect(load.sent.some(({ status }) => status === null)).toBe(true);
  const after = await cluster.ask('select count(*) from testing.audit_event');
  expect(Number(after[0]?.[0])).toBeGreaterThan(Number(before[0]?.[0]));
});

story('the auditlogger is replaced by a newer one under load, and nothing is lost', async () => {
  const load = await startRequestLoad(kubeconfig);
  await load.sawAnswers(100);
  await step('a newer auditlogger', () => replaceAuditlogger(cluster));
  await load.sawAnswers(100);
  await sayRecorded('a newer auditlogger', load, cluster.ask);
});

describeProduction(cluster, story);

story('one command removes it', async () => {
  await step('kind delete cluster', () => call('kind', ['delete', 'cluster', '--name', name]));
  const label = `label=io.x-k8s.kind.cluster=${name}`;
  expect(await call('docker', ['ps', '--all', '--quiet', '--filter', label])).toBe('');
});
