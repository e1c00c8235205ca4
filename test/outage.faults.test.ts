import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { expectAllRecorded, hitsOf, parseReport } from './support/report.ts';
import { makeFolder, runSnoop, startSnoop, waitForFile, writeLiveTest } from './support/snoop.ts';

test('SnoopDB fails in the middle of a run: the tests continue, and the report follows when it is back', async () => {
  const state = await startOwnControlPlane();
  const folder = await makeFolder();
  const [ready, go] = [join(folder, 'ready'), join(folder, 'go')];
  const file = await writeLiveTest(`
import { access, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';
liveTest('outage', { timeout: 60_000 }, async ({ cluster }) => {
  await cluster.request({ method: 'GET', path: '/api/v1/namespaces' });
  const told = new Promise((resolve) => {
    const watcher = watch(${JSON.stringify(folder)}, () => access(${JSON.stringify(go)}).then(() => { watcher.close(); resolve(undefined); }, () => {}));
  });
  await writeFile(${JSON.stringify(ready)}, '');
  await told;
  await cluster.request({ method: 'GET', path: '/api/v1/namespaces' });
});`);
  const snoop = startSnoop(['test', file, '--state', state, '--output', 'json']);
  await waitForFile(ready);
  process.kill(await readPostmasterPid(state), 'SIGKILL');
  await writeFile(go, '');
  const ended = await snoop.ended;
  expect(ended.exitCode, ended.stderr).toBe(0);
  const report = parseReport(ended);
  expectAllRecorded(report);
  expect(hitsOf(report)).toEqual({ listCoreV1Namespace: 2 });
});

async function readPostmasterPid(state: string): Promise<number> {
  const { stdout } = await runSnoop(['status', '--state', state, '--output', 'json']);
  const status: { snoopdb: { pid: number | null } } = JSON.parse(stdout);
  if (status.snoopdb.pid === null) throw new Error(`status names no pid of SnoopDB:\n${stdout}`);
  return status.snoopdb.pid;
}
