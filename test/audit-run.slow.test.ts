import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { suiteProgram } from './support/audit-run.ts';
import { startOwnControlPlane } from './support/control-plane.ts';
import { makeFolder, runSnoop, startSnoop } from './support/snoop.ts';

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

test('what cannot be proved is not called complete', { timeout: 90_000 }, async () => {
  const state = await startOwnControlPlane();
  const folder = await makeFolder();
  const suite = { tests: [{ name: 'a', requests: [['GET', '/api/v1/namespaces']] }], hang: true };
  const start = async (name: string, signalled: string) => {
    const args = ['audit-run', '--state', state, '--out', join(folder, name), '--', process.execPath, suiteProgram];
    const running = startSnoop(args, { env: { MADE_SUITE: JSON.stringify(suite) } });
    await expect.poll(() => running.stdout(), { timeout: 60_000 }).toContain(signalled);
    return { running, read: () => JSON.parse(readFileSync(join(folder, name, 'run.json'), 'utf8')) };
  };

  // The counters of a restarted API server begin again.
  const restarted = await start('restarted', 'hanging');
  await killPart(state, 'apiserver');
  restarted.running.interrupt();
  const { exitCode } = await restarted.running.ended;
  expect(exitCode).toBe(130);
  expect(restarted.read()).toMatchObject({ complete: false, counters: { sent: null } });
  expect(restarted.read().reasons.join(' ')).toMatch(
    /its counters began again at \S+Z: it sent [\d,]+ events since then/,
  );

  // An auditlogger that accepts nothing more, as long as it is stopped.
  for (const [name, times, reason] of [
    ['once', 1, 'The run was interrupted.'],
    ['twice', 2, 'The run was interrupted while its folder was written.'],
  ] as const) {
    const waiting = await start(name, 'hanging');
    await withStopped(state, 'auditlogger', async () => {
      // The suite ends by the first, the waiting by the others.
      waiting.running.interrupt();
      await waiting.running.sawOnStderr('waiting for the last audit events');
      for (let time = 0; time < times; time += 1) {
        waiting.running.interrupt();
        if (time === 0) await waiting.running.sawOnStderr('interrupted: writing what is stored');
      }
      expect((await waiting.running.ended).exitCode).toBe(130);
    });
    expect(waiting.read()).toMatchObject({ complete: false });
    expect(waiting.read().reasons).toContain(reason);
  }
});

/** Stops a process while `work` runs; it answers nothing meanwhile. */
async function withStopped(state: string, part: Part, work: () => Promise<void>): Promise<void> {
  const pid = await findPid(state, part);
  if (pid === null) throw new Error(`The ${part} does not run.`);
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

type Part = 'auditlogger' | 'snoopdb' | 'apiserver';

async function findPid(state: string, part: Part): Promise<number | null> {
  const { stdout } = await runSnoop(['status', '--state', state, '--output', 'json']);
  return JSON.parse(stdout)[part]?.pid ?? null;
}

async function killPart(state: string, part: Part): Promise<void> {
  const pid = await findPid(state, part);
  // Just killed, and not started again yet.
  if (pid !== null) process.kill(pid, 'SIGKILL');
}

async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const piece of createReadStream(file).pipe(createGunzip()))
    lines += piece.toString('latin1').split('\n').length - 1;
  return lines;
}
