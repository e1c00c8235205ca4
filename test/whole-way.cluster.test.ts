import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { expectAllRecorded, hitsOf, parseReport, runLiveTests } from './support/report.ts';
import { runSnoop, shareSnoop, writeLiveTest } from './support/snoop.ts';
import { connect, sharedState } from './support/state.ts';

const callSnoop = shareSnoop();

test('a lifecycle is reported request by request, and the report agrees with the events', async () => {
  const name = `whole-way-${process.pid}-${Date.now()}`;
  const file = await writeLiveTest(`
import { CoreV1Api } from '@kubernetes/client-node';
liveTest('${name}', async ({ cluster, namespace, step }) => {
  const core = cluster.client(CoreV1Api);
  await step('create', () => core.createNamespacedConfigMap({ namespace, body: { metadata: { name: '${name}' } } }));
  await step('read twice', async () => {
    await core.readNamespacedConfigMap({ namespace, name: '${name}' });
    await core.readNamespacedConfigMap({ namespace, name: '${name}' });
    await expect(core.readNamespacedConfigMap({ namespace, name: 'no-such' })).rejects.toMatchObject({ code: 404 });
  });
  await cluster.request({ method: 'GET', path: '/healthz' });
});`);
  const report = await runLiveTests([file]);
  expectAllRecorded(report);
  expect(report.evidenceSentence).toBe('5 requests sent, 5 recorded');
  expect(report.tests).toHaveLength(1);
  expect(report.tests[0]).toMatchObject({
    name,
    state: 'passed',
    steps: [
      { name: 'create', requests: 1 },
      { name: 'read twice', requests: 3 },
    ],
  });
  expect(hitsOf(report)).toEqual({ createCoreV1NamespacedConfigMap: 1, readCoreV1NamespacedConfigMap: 2 });
  const read = report.tests[0]?.endpoints.find(({ endpoint }) => endpoint === 'readCoreV1NamespacedConfigMap');
  expect(read).toMatchObject({ answers: { 200: 2, 404: 1 }, e2e: true, conformance: true, untestedUntilNow: false });
  expect(report.unsuccessful).toMatchObject([
    { step: 'read twice', code: 404, endpoint: 'readCoreV1NamespacedConfigMap' },
  ]);
  expect(report.unresolved).toMatchObject([{ path: '/healthz', reason: 'non-resource path' }]);
  expect(report.change).toMatchObject([
    {
      of: 'eligible',
      total: 602,
      before: 602,
      difference: 0,
      reason: 'all 2 eligible endpoints hit are already tested',
      conformance: { before: 602, reason: 'all 2 eligible endpoints hit are already conformance tested' },
    },
    { of: 'stable', difference: 0 },
    { of: 'beta', difference: 0, reason: 'no beta endpoint was hit' },
    { of: 'alpha', difference: 0, reason: 'no alpha endpoint was hit' },
  ]);

  const database = await connect(sharedState());
  const { rows } = await database.query(
    `select endpoint, count(distinct audit_id)::int as requests from testing.audit_event
      where useragent = $1 and useragent like 'live%' group by endpoint order by endpoint`,
    [`live-test-writing -- ${name}`],
  );
  expect(rows).toEqual([
    { endpoint: 'createCoreV1NamespacedConfigMap', requests: 1 },
    { endpoint: 'readCoreV1NamespacedConfigMap', requests: 3 },
    { endpoint: null, requests: 1 },
  ]);
});

test('a watch counts for the list endpoint, upgrades are recorded with their refusal', async () => {
  const file = await writeLiveTest(`
liveTest('watch and upgrades', async ({ cluster, namespace, step }) => {
  await step('watch', async () => {
    const seen = new Promise((resolve, reject) => {
      const started = cluster.watch().watch('/api/v1/namespaces/' + namespace + '/serviceaccounts', {}, async () => {
        resolve(undefined);
        (await started).abort();
      }, (error) => error && reject(error));
    });
    await seen;
  });
  await step('exec', async () => {
    await expect(cluster.exec().exec(namespace, 'no-such-pod', 'main', ['true'], null, null, null, false)).rejects.toMatchObject({ message: 'Unexpected server response: 404' });
  });
  await step('proxy', async () => {
    const answer = await cluster.request({ method: 'GET', path: '/api/v1/namespaces/' + namespace + '/services/no-such/proxy/status' });
    // 404 before Kubernetes 1.37, which looks for the EndpointSlices of a Service and not for the Service.
    expect(answer.status).toBe(503);
  });
});`);
  const report = await runLiveTests([file]);
  expectAllRecorded(report);
  expect(report.evidence.sent).toBe(3);
  expect(hitsOf(report)).toEqual({ listCoreV1NamespacedServiceAccount: 1 });
  expect(report.unsuccessful.map(({ endpoint }) => endpoint).toSorted()).toEqual([
    'connectCoreV1GetNamespacedPodExec',
    'connectCoreV1GetNamespacedServiceProxyWithPath',
  ]);
});

test('records a watch that is still open when the test ends', async () => {
  const file = await writeLiveTest(`
liveTest('open watch', async ({ cluster, namespace }) => {
  await new Promise((resolve) => cluster.watch().watch('/api/v1/namespaces/' + namespace + '/serviceaccounts', {}, resolve, () => {}));
});`);
  const report = await runLiveTests([file]);
  expectAllRecorded(report);
  expect(hitsOf(report)).toEqual({ listCoreV1NamespacedServiceAccount: 1 });
});

test('the untested example hits at least seven untested endpoints, including patch, deletecollection and a status', async () => {
  const report = await runLiveTests(['horizontal-pod-autoscaler-lifecycle.live.ts'], {
    cwd: new URL('../workbench/examples/', import.meta.url).pathname,
  });
  expectAllRecorded(report);
  const untested = report.endpoints.filter(({ untestedUntilNow }) => untestedUntilNow).map(({ endpoint }) => endpoint);
  expect(untested.toSorted()).toEqual([
    'createAutoscalingV2NamespacedHorizontalPodAutoscaler',
    'deleteAutoscalingV2CollectionNamespacedHorizontalPodAutoscaler',
    'deleteAutoscalingV2NamespacedHorizontalPodAutoscaler',
    'listAutoscalingV2HorizontalPodAutoscalerForAllNamespaces',
    'listAutoscalingV2NamespacedHorizontalPodAutoscaler',
    'patchAutoscalingV2NamespacedHorizontalPodAutoscaler',
    'patchAutoscalingV2NamespacedHorizontalPodAutoscalerStatus',
    'readAutoscalingV2NamespacedHorizontalPodAutoscaler',
    'readAutoscalingV2NamespacedHorizontalPodAutoscalerStatus',
    'replaceAutoscalingV2NamespacedHorizontalPodAutoscaler',
    'replaceAutoscalingV2NamespacedHorizontalPodAutoscalerStatus',
  ]);
  expect(report.change).toMatchObject([
    { of: 'eligible', difference: 0 },
    { of: 'stable', total: 706, before: 631, after: 642, difference: 11 },
    { of: 'beta', difference: 0 },
    { of: 'alpha', difference: 0 },
  ]);
  expect(report.change[0]?.reason).toContain(
    'not eligible: optional feature (https://github.com/kubernetes/kubernetes/pull/106595',
  );

  const text = await callSnoop(['report', report.run.id, '--state', sharedState()]);
  const readme = await readFile(new URL('../workbench/README.md', import.meta.url), 'utf8');
  const shown = readme.split('```').find((block) => block.includes('requests sent'));
  const table = (shown ?? '').split('\n').filter((line) => line.startsWith('    '));
  expect(table.length).toBeGreaterThan(20);
  expect(text.stdout.split('\n')).toEqual(expect.arrayContaining(table));
});

test('the covered example changes nothing', async () => {
  const report = await runLiveTests(['config-map-lifecycle.live.ts'], {
    cwd: new URL('../workbench/examples/', import.meta.url).pathname,
  });
  expectAllRecorded(report);
  expect(report.change.map(({ difference }) => difference)).toEqual([0, 0, 0, 0]);
});

test('sends the body of a DELETE: a dry run deletes nothing, and the next request is complete', async () => {
  const file = await writeLiveTest(`
liveTest('delete with options', async ({ cluster, namespace }) => {
  const maps = '/api/v1/namespaces/' + namespace + '/configmaps';
  await cluster.request({ method: 'POST', path: maps, body: { metadata: { name: 'kept' } } });
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] };
  expect((await cluster.request({ method: 'DELETE', path: maps + '/kept', body })).status).toBe(200);
  expect((await cluster.request({ path: maps + '/kept' })).status).toBe(200);
  expect((await cluster.request({ path: maps + '?timeout=abc' })).status).toBe(400);
});`);
  const report = await runLiveTests([file]);
  expectAllRecorded(report);
  expect(report.evidenceSentence).toBe('4 requests sent, 4 recorded');
  // Its event is of level Metadata, and looks like a deletion; the client knows its own bodies.
  expect(hitsOf(report)).not.toHaveProperty('deleteCoreV1NamespacedConfigMap');
  expect(report.unsuccessful).toMatchObject([{ method: 'DELETE', reason: 'dry run' }, { code: 400 }]);
});

test('two concurrent runs do not affect each other', async () => {
  const source = (map: string) => `
import { CoreV1Api } from '@kubernetes/client-node';
liveTest('side by side', async ({ cluster, namespace }) => {
  const core = cluster.client(CoreV1Api);
  for (let i = 0; i < 20; i += 1) await core.${map};
});`;
  const [secrets, maps] = await Promise.all([
    writeLiveTest(source('listNamespacedSecret({ namespace })')).then((file) => runLiveTests([file])),
    writeLiveTest(source('listNamespacedConfigMap({ namespace })')).then((file) => runLiveTests([file])),
  ]);
  expectAllRecorded(secrets);
  expectAllRecorded(maps);
  expect(hitsOf(secrets)).toEqual({ listCoreV1NamespacedSecret: 20 });
  expect(hitsOf(maps)).toEqual({ listCoreV1NamespacedConfigMap: 20 });
});

test('prints a report again, by its id, the beginning of the id, or as the newest', async () => {
  const file = await writeLiveTest(`
liveTest('again', async ({ cluster }) => { await cluster.request({ method: 'GET', path: '/version/' }); });`);
  const first = await runLiveTests([file]);
  const again = await callSnoop(['report', first.run.id, '--state', sharedState(), '--output', 'json']);
  expect(parseReport(again)).toEqual(first);
  const text = await callSnoop(['report', first.run.id, '--state', sharedState()]);
  expect(text.stdout).toContain('1 request sent, 1 recorded');
  const markdown = await callSnoop(['report', first.run.id, '--state', sharedState(), '--output', 'markdown']);
  expect(markdown.stdout).toContain(`# Coverage report of run ${first.run.id}`);
});

test('in GitHub Actions: annotations, a summary, files for CI, and exit code 1 if a check fails', async () => {
  const file = await writeLiveTest(`
liveTest('checked', async ({ cluster, step }) => {
  await step('list', () => cluster.request({ path: '/api/v1/nodes' }));
  await step('read one');
});`);
  const cwd = dirname(file);
  const summary = join(cwd, 'summary.md');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: cwd, GITHUB_STEP_SUMMARY: summary };
  const args = ['--state', sharedState(), '--expect', 'listCoreV1Node,listCoreV1Nodes', '--fail-under', 'stable:1'];
  const outputs = ['--output', 'github', '--output', 'junit=report.xml', '--output', 'json=report.json'];
  const { exitCode, stdout, stderr } = await runSnoop(['test', file, ...args, ...outputs], { cwd, env });
  expect(exitCode, stderr).toBe(1);
  const failures = [
    '--fail-under stable:1: newly hit by passed tests: 0, required: 1',
    "--expect listCoreV1Nodes: there is no endpoint 'listCoreV1Nodes'. Did you mean 'listCoreV1Node'",
  ];
  for (const failure of failures) expect(stderr).toContain(`snoop: ${failure}`);
  expect(stdout).toContain('1 request sent, 1 recorded');
  expect(stdout).toContain('::error title=--fail-under stable%3A1::newly hit by passed tests: 0, required: 1\n');
  expect(await readFile(summary, 'utf8')).toContain('- **Check**: --expect listCoreV1Node: passed\n');
  expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toContain(
    '<testcase classname="snoop" name="--expect listCoreV1Node"/>',
  );
  const report = parseReport({ exitCode: 0, stdout: await readFile(join(cwd, 'report.json'), 'utf8'), stderr });
  expect(report.tests).toMatchObject([{ state: 'passed', steps: [{ state: 'passed' }, { state: 'outlined' }] }]);
  const again = ['report', report.run.id, '--state', sharedState(), '--expect', 'listCoreV1Node'];
  expect(await runSnoop(again, { cwd, env: { ...env, GITHUB_STEP_SUMMARY: '' } })).toMatchObject({
    ...{ exitCode: 0, stderr: '' },
    stdout: expect.stringMatching(/^::stop-commands::/),
  });
});
