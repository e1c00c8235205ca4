import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { makeFolder, runSnoop, startSnoop } from './support/snoop.ts';

const suiteProgram = fileURLToPath(new URL('support/made-suite.mjs', import.meta.url));
const testsOfSuite = 100;
const requestsOfTest = 2_000;

test('200,000 events while SnoopDB and the auditlogger are killed: sent = stored', { timeout: 1_200_000 }, async () => {
  const state = await startOwnControlPlane();
  const out = join(await makeFolder(), 'run');
  const suite = {
    senders: 16,
    tests: Array.from({ length: testsOfSuite }, (_, number) => ({
      name: `ConfigMaps can be read, number ${number} [Conformance]`,
      times: requestsOfTest,
      requests: [['GET', '/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt']],
    })),
  };
  const running = startSnoop(['audit-run', '--state', state, '--out', out, '--', process.execPath, suiteProgram], {
    env: { MADE_SUITE: JSON.stringify(suite) },
  });
  await expect.poll(() => running.stdout(), { timeout: 120_000 }).toContain('number 1 ');
  let isRunning = true;
  void running.ended.then(() => {
    isRunning = false;
  });
  for (let kill = 0; isRunning && kill < 6; kill += 1) {
    await killPart(state, kill % 2 === 0 ? 'auditlogger' : 'snoopdb');
    // The random moment, which no fact announces.
    await wait(4_000);
  }
  const { exitCode, stderr } = await running.ended;
  const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
  expect(run.reasons, stderr).toEqual([]);
  expect(exitCode, stderr).toBe(0);
  expect(run.counters.sent).toBeGreaterThanOrEqual(testsOfSuite * requestsOfTest);
  expect(Math.abs(run.counters.sent - run.counters.stored)).toBeLessThanOrEqual(run.counters.uncertain);
  expect(await countLines(join(out, 'events.jsonl.gz'))).toBe(run.counters.stored);
  const coverage = JSON.parse(readFileSync(join(out, 'coverage.json'), 'utf8'));
  const read = coverage.endpoints.find((one: { endpoint: string }) => one.endpoint === 'readCoreV1NamespacedConfigMap');
  expect(read.tests).toHaveLength(testsOfSuite);
});

async function killPart(state: string, part: 'auditlogger' | 'snoopdb'): Promise<void> {
  const { stdout } = await runSnoop(['status', '--state', state, '--output', 'json']);
  const pid = JSON.parse(stdout)[part]?.pid ?? null;
  // Just killed, and not started again yet.
  if (pid !== null) process.kill(pid, 'SIGKILL');
}

async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const piece of createReadStream(file).pipe(createGunzip()))
    lines += piece.toString('latin1').split('\n').length - 1;
  return lines;
}
