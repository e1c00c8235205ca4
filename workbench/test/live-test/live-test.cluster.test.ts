import { CoreV1Api } from '@kubernetes/client-node';
import type { KubernetesObjectApi } from '@kubernetes/client-node';
import { askRunCoverage } from '@snoop/snoopdb';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import type { liveTest } from '../../src/index.ts';
import { waitForServiceAccount, createNamespace } from '../../src/live-test/namespace.ts';
import { readRunContext } from '../../src/live-test/run-context.ts';
import { removeObjects } from '../../src/removal/remove-objects.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { openOwnClient } from '../support/own-client.ts';
import { openShared } from '../support/control-plane.ts';
import { runLive, statesOf } from '../support/live-run.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;

beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

test('outside of a run, a live test says how to run it', () => {
  expect(() => readRunContext('/x/pods.live.ts')).toThrow('Run live tests with snoop: npx snoop test /x/pods.live.ts');
});

/** Only compiled: the types that a test's author sees. */
function writeTests(test: typeof liveTest): void {
  test('fixtures', async ({ cluster, namespace, step }) => {
    expectTypeOf(namespace).toEqualTypeOf<string>();
    expectTypeOf(cluster.client(CoreV1Api)).toEqualTypeOf<CoreV1Api>();
    expectTypeOf(cluster.objects()).toEqualTypeOf<KubernetesObjectApi>();
    expectTypeOf(await step('a number', () => 1)).toEqualTypeOf<number>();
    expectTypeOf(await step('a promise', async () => 'text')).toEqualTypeOf<string>();
    expectTypeOf(step('to be written')).toEqualTypeOf<Promise<void>>();
  });
  test.for([1, 2])('a table', async (number, { cluster }) => {
    expectTypeOf(number).toEqualTypeOf<number>();
    expectTypeOf((await cluster.request({ path: '/version' })).status).toEqualTypeOf<number>();
  });
  test.skip('not now', async ({ namespace }) => void namespace);
}

test('a live test has its fixtures', () => {
  expectTypeOf(writeTests).parameter(0).toEqualTypeOf<typeof liveTest>();
});

test('a test whose steps have no function is outlined and fails no run', async () => {
  const run = await runLive(controlPlane, database, {
    'outlined.live.ts': `
import { liveTest } from '@snoop/workbench';
liveTest('planned', async ({ step }) => { await step('create'); await step('delete'); });
liveTest('begun', async ({ cluster, step }) => {
  await step('read', () => cluster.request({ path: '/version' }));
  await step('delete');
});
`,
  });
  expect({ run: run.state, ...statesOf(run) }).toEqual({ run: 'passed', planned: 'outlined', begun: 'passed' });
  const { tests } = await askRunCoverage(database.pool, run.runId);
  expect(tests.map(({ state, steps }) => [state, ...steps.map((step) => `${step.name}: ${step.state}`)])).toEqual([
    ['outlined', 'create: outlined', 'delete: outlined'],
    ['passed', 'read: passed', 'delete: outlined'],
  ]);
});

describe('the namespace of a test', () => {
  test.each([
    ['PodTemplate lifecycle', /^live-podtemplate-lifecycle-[a-z2-7]{6}$/],
    ['你好', /^live-[a-z2-7]{6}$/],
    ['A.b_c! '.repeat(30), /^live-(a-b-c-){6}a-b-[a-z2-7]{6}$/],
  ])('of %j', async (name, pattern) => {
    const ownKubeConfig = openOwnClient(controlPlane.kubeconfig);
    const made = await createNamespace(ownKubeConfig, { name, runId: 'r', owner: 'o' }, () => {});
    const namespace = made.name;
    expect(namespace).toMatch(pattern);
    await waitForServiceAccount(ownKubeConfig, namespace);
    // The account exists when the namespace is handed out: a Pod would be admitted.
    const core = ownKubeConfig.makeApiClient(CoreV1Api);
    expect(await core.readNamespacedServiceAccount({ namespace, name: 'default' })).toBeTruthy();
    const neverThere = { path: '/api/v1/namespaces/never-was-there', uid: made.object.uid };
    for (const _time of ['once', 'and again']) {
      expect(await removeObjects(ownKubeConfig, [made.object, neverThere])).toMatchObject({ failures: [] });
    }
  });

  test('is created only for tests that use it, for each its own, and removed after passed and failed tests', async () => {
    const run = await runLive(controlPlane, database, {
      'namespaces.live.ts': `
import { liveTest } from '@snoop/workbench';
liveTest('without', async ({ step }) => { await step('nothing', () => {}); });
liveTest('first', async ({ cluster, namespace }) => { await cluster.request({ path: '/api/v1/namespaces/' + namespace }); });
liveTest('second', async ({ cluster, namespace }) => {
  await cluster.request({ path: '/api/v1/namespaces/' + namespace });
  throw new Error('on purpose');
});
`,
    });
    expect(statesOf(run)).toEqual({ without: 'passed', first: 'passed', second: 'failed: on purpose' });
    const names = run.record.requests.map(({ path }) => path.split('/').at(-1) ?? '');
    expect(names).toEqual([
      expect.stringMatching(/^live-first-[a-z2-7]{6}$/),
      expect.stringMatching(/^live-second-[a-z2-7]{6}$/),
    ]);
    const core = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
    for (const name of names) {
      const phase = await core.readNamespace({ name }).then(
        ({ status }) => status?.phase,
        () => 'gone',
      );
      expect(['Terminating', 'gone']).toContain(phase);
    }
  });
});

test('tries of a test share one list of steps and no ids', async () => {
  const run = await runLive(controlPlane, database, {
    'retried.live.ts': `
import { liveTest } from '@snoop/workbench';
let tries = 0;
liveTest('retried', { retry: 2 }, async ({ cluster, step }) => {
  tries += 1;
  await step('try ' + tries, () => cluster.request({ path: '/version' }));
  if (tries < 3) throw new Error('again');
});
`,
  });
  expect(run.state).toBe('passed');
  expect(run.record.tests[0]?.steps.map(({ step, name }) => `${step} ${name}`)).toEqual([
    '1 try 1',
    '2 try 2',
    '3 try 3',
  ]);
  expect(run.record.requests.map(({ auditId, step }) => `${auditId.replace(run.runId, '')} ${step}`)).toEqual([
    '.1.1 1',
    '.1.2 2',
    '.1.3 3',
  ]);
  expect(run.evidence).toMatchObject({ end: 'complete', recorded: 3 });
});
