import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { createProgress } from '../../src/progress.ts';
import type { Progress } from '../../src/progress.ts';
import { createRandomName } from '../../src/journal/run-id.ts';
import { openOwnClient } from '../support/own-client.ts';
import { openShared } from '../support/control-plane.ts';
import { actWhenPrinted, runLive, statesOf } from '../support/live-run.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

const imports = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
`;

/** Creates a node and a namespace, then keeps its process busy forever. */
const busy = (id: string): string => `${imports}
liveTest('before', async ({ cluster }) => { await cluster.request({ path: '/version?${id}' }); });
liveTest('busy', { timeout: 2_000 }, async ({ cluster, namespace, step }) => {
  await cluster.client(CoreV1Api).createNode({ body: { metadata: { name: 'busy-${id}' } } });
  // Not console.log: vitest forwards its output only when the test pauses.
  await new Promise((done) => process.stderr.write('now busy\\n', done));
  await step('computing', () => { for (;;); });
});
liveTest('after', async ({ cluster }) => { await cluster.request({ path: '/version?${id}' }); });
`;

function listen(): { progress: Progress; said: () => string } {
  let said = '';
  const stream = actWhenPrinted('', () => {});
  stream._write = (chunk: Buffer, _encoding, done) => {
    said += chunk.toString();
    done();
  };
  return { progress: createProgress(stream, false), said: () => said };
}

/** Lists the namespaces and nodes of a test that are not being deleted. */
async function listLeft(id: string, runId: string): Promise<string[]> {
  const core = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
  const nodes = (await core.listNode()).items.filter(({ metadata }) => metadata?.name === `busy-${id}`);
  const { items } = await core.listNamespace({ labelSelector: `snoop-run=${runId}` });
  return [...nodes, ...items]
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata?.name ?? '');
}

describe('a test that computes without a pause', () => {
  test('is killed after its timeout and fails; the next file runs', async () => {
    const id = createRandomName(6);
    const { progress, said } = listen();
    const run = await runLive(
      controlPlane,
      database,
      {
        'busy.live.ts': busy(id),
        'other.live.ts': `${imports}
liveTest('other', async ({ cluster }) => { await cluster.request({ path: '/version?other' }); });`,
      },
      { progress },
    );
    expect(statesOf(run)).toMatchObject({
      before: 'passed',
      busy: 'failed: The test ignored its timeout of 2 s, so its process was killed. Does it compute without a pause?',
      other: 'passed',
    });
    expect(run.state).toBe('failed');
    expect(run.evidence).toMatchObject({ end: 'complete', missing: [] });
    expect(said()).toContain("Still running after 10 s: busy, in step 'computing' (timeout 2 s)");
    expect(await listLeft(id, run.runId)).toEqual([]);
  });

  test('is killed at the limit of the run; what ran is stored, and the cluster is clean', async () => {
    const id = createRandomName(6);
    const { progress, said } = listen();
    const source = busy(id).replace('timeout: 2_000', 'timeout: 0');
    const run = await runLive(controlPlane, database, { 'busy.live.ts': source }, { runTimeoutMs: 25_000, progress });
    expect(statesOf(run)).toMatchObject({
      before: 'passed',
      busy: "failed: It did not end (step 'computing'): it still ran when the run reached its limit of 25 s (--run-timeout).",
    });
    expect(run.state).toBe('failed');
    expect(run.evidence).toMatchObject({ end: 'complete', missing: [] });
    expect(run.record.requests.filter(({ path }) => path === `/version?${id}`)).toHaveLength(1);
    expect(said()).toContain('The run reached its limit of 25 s');
    expect(await listLeft(id, run.runId)).toEqual([]);
  });

  test('is killed by Ctrl-C', async () => {
    const id = createRandomName(6);
    const abort = new AbortController();
    const source = busy(id).replace('timeout: 2_000', 'timeout: 0');
    const run = await runLive(
      controlPlane,
      database,
      { 'busy.live.ts': source },
      { signal: abort.signal, output: actWhenPrinted('now busy', () => abort.abort()) },
    );
    expect(run.state).toBe('interrupted');
    expect(statesOf(run)).toMatchObject({ busy: 'running' });
    expect(await listLeft(id, run.runId)).toEqual([]);
  });
});

test('the timeout of the run ends a test that waits forever', async () => {
  const source = `${imports}
liveTest('waits', async ({ step }) => { await step('for nothing', () => new Promise(() => {})); });
liveTest('after', async ({ step }) => { await step('nothing', () => {}); });`;
  const run = await runLive(controlPlane, database, { 'waits.live.ts': source }, { testTimeoutMs: 1_000 });
  expect(statesOf(run)).toEqual({ waits: expect.stringMatching(/^failed: Test timed out in 1000ms/), after: 'passed' });
});
