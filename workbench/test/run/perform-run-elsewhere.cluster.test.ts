import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { askRunCoverage, openPool } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import type { Progress } from '../../src/progress.ts';
import { writeRunHead } from '../../src/journal/journal.ts';
import { prepareRun } from '../../src/run/prepare-run.ts';
import { readRunHead } from '../../src/journal/read-journal.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { findStateTarget, selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { Target } from '../../src/cluster-choice/select-target.ts';
import { openShared } from '../support/control-plane.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { actWhenPrinted, runLive } from '../support/live-run.ts';
import { openRelay } from '../support/relay.ts';
import type { Relay } from '../support/relay.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
let elsewhere: OpenDatabase;

beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
  const { pool: other } = await makeDatabase();
  elsewhere = { pool: other, key: 'elsewhere', release: async () => {} };
});
afterAll(() => database.release());

const source = `
import { liveTest } from '@snoop/workbench';
liveTest('three requests', async ({ cluster }) => {
  for (const part of ['a', 'b', 'c']) await cluster.request({ path: '/version?' + part });
});
`;

/** The shared cluster under another name, not recognized as the local one. */
async function nameCluster(): Promise<Target> {
  const kubeconfig = join(await makeFolder(), 'kubeconfig');
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  config.clusters = config.clusters.map((cluster) => ({
    ...cluster,
    server: cluster.server.replace('127.0.0.1', 'localhost'),
    // The certificate may lack the other name.
    tlsServerName: 'kubernetes',
  }));
  await writeFile(kubeconfig, config.exportConfig());
  return selectTarget({
    kubeconfig,
    context: undefined,
    environment: readEnvironment({}),
    stateFolder: await makeFolder(),
    cwd: '/',
    progress: silentProgress,
  });
}

test('learns the source of a named cluster from its events', async () => {
  const target = await nameCluster();
  expect(target.kind).toBe('named');
  const run = await runLive(controlPlane, database, { 'a.live.ts': source }, { target });
  expect(run.evidence).toMatchObject({ end: 'complete', recorded: 3 });
  const { run: reported } = await askRunCoverage(database.pool, run.runId);
  expect(reported).toMatchObject({
    sources: [controlPlane.source],
    clusterVersion: controlPlane.clusterVersion,
    clusterServer: controlPlane.apiserver.url.replace('127.0.0.1', 'localhost'),
  });
});

test('lists all requests when events go elsewhere', async () => {
  const limits = { noProgressMs: 500, afterOutageMs: 500, awayMs: 500, answerMs: 20_000, pollMs: 10 };
  const target = await nameCluster();
  const run = await runLive(controlPlane, elsewhere, { 'a.live.ts': source }, { target, limits });
  expect(run.state).toBe('passed');
  expect(run.evidence).toMatchObject({
    end: 'limit',
    recorded: 0,
    missing: ['1', '2', '3'].map((n) => `${run.runId}.1.${n}`),
  });
  expect((await askRunCoverage(elsewhere.pool, run.runId)).evidence).toMatchObject({ sent: 3, recorded: 0 });
});

async function openCuttable(): Promise<{ cuttable: OpenDatabase; relay: Relay }> {
  const url = new URL(controlPlane.snoopdb.url);
  const relay = await openRelay({ host: url.hostname, port: Number(url.port) });
  url.port = String(relay.port);
  const pool = openPool(url.href, { applicationName: 'vitest', max: 4 });
  onTestFinished(async () => {
    await pool.end();
    await relay.cut().catch(() => {});
  });
  return { cuttable: { pool, key: 'shared', release: async () => {} }, relay };
}

/** Calls `act` once, when a step's detail contains `text`. */
function actWhenSaid(text: string, act: () => Promise<void>): Progress {
  let acted = false;
  return {
    ...silentProgress,
    step: (_title, work) =>
      work((detail) => {
        if (acted || !detail.includes(text)) return;
        acted = true;
        void act();
      }),
  };
}

const cutting = `
import { liveTest } from '@snoop/workbench';
liveTest('goes on', async ({ cluster }) => {
  await cluster.request({ path: '/version?before' });
  console.log('cut now');
  await cluster.request({ path: '/version?after' });
});
`;

test('tests continue while SnoopDB is away, and the run is stored when it returns', async () => {
  const { cuttable, relay } = await openCuttable();
  const run = await runLive(
    controlPlane,
    cuttable,
    { 'a.live.ts': cutting },
    {
      output: actWhenPrinted('cut now', () => relay.cut()),
      progress: actWhenSaid('SnoopDB is away', () => relay.open()),
    },
  );
  expect(run).toMatchObject({ state: 'passed', evidence: { end: 'complete', recorded: 2 } });
  expect(await readRunHead(join(run.stateFolder, 'runs', run.runId))).toMatchObject({ saved: true });
});

test('the error of a missing SnoopDB names the command that prints the report later', async () => {
  const { cuttable, relay } = await openCuttable();
  const stateFolder = await makeFolder();
  const limits = { noProgressMs: 500, afterOutageMs: 500, awayMs: 500, answerMs: 20_000, pollMs: 10 };
  const output = actWhenPrinted('cut now', () => relay.cut());
  const running = runLive(controlPlane, cuttable, { 'a.live.ts': cutting }, { stateFolder, limits, output });
  await expect(running).rejects.toMatchObject({ code: 'database_away', exitCode: 3 });
  const [runId = ''] = await readdir(join(stateFolder, 'runs'));
  await expect(running).rejects.toMatchObject({
    message: `SnoopDB is away: the run ${runId} cannot be reported yet.`,
    advice: [`Nothing is lost. When SnoopDB is back: snoop report ${runId}`, expect.any(String)],
  });

  // This process is still running, so its journal would not be imported.
  const folder = join(stateFolder, 'runs', runId);
  const head = await readRunHead(folder);
  expect(head).toMatchObject({ state: 'passed', saved: false });
  writeRunHead(folder, { ...head, process: { ...head.process, start: 'long ago' } });
  const target = await findStateTarget(controlPlane.folder);
  expect(await prepareRun(runId, { database, stateFolder, target, progress: silentProgress })).toBe(runId);
  expect(await askRunCoverage(database.pool, runId)).toMatchObject({
    run: { state: 'passed' },
    evidence: { sent: 2, recorded: 2 },
  });
});
