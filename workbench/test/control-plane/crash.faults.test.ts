import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { describe, expect, test } from 'vitest';
import { createLayout } from '../../src/control-plane/layout.ts';
import type { PartName } from '../../src/control-plane/layout.ts';
import { readState } from '../../src/control-plane/state.ts';
import {
  askCluster,
  expectDead,
  listProcesses,
  makeStateFolder,
  readStatus,
  snoop,
  startSnoop,
  until,
  up,
} from './support.ts';

function findPart(folder: string, name: PartName | 'supervisor'): ProcessIdentity | null {
  const state = readState(createLayout(folder));
  const found = name === 'supervisor' ? state?.supervisor : state?.parts[name];
  return found && isAlive(found) ? found : null;
}

function kill(folder: string, name: PartName | 'supervisor'): ProcessIdentity {
  const found = findPart(folder, name);
  if (!found) throw new Error(`${name} does not run`);
  process.kill(found.pid, 'SIGKILL');
  return found;
}

test('restarts a crashed part, and events arrive again', async () => {
  const folder = await makeStateFolder();
  await up(folder);
  for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'auditlogger', 'snoopdb', 'ui'] as const) {
    const killed = kill(folder, name);
    const next = await until(() => {
      const found = findPart(folder, name);
      return found && found.pid !== killed.pid ? found : null;
    });
    expectDead([killed]);
    expect(isAlive(next)).toBe(true);
  }
  await until(async () => (await askCluster(folder, 'GET', '/readyz').catch(() => null))?.status === 200);
  const before = await until(async () => {
    const { events } = await readStatus(folder);
    return events.known ? events : null;
  });
  await until(
    async () =>
      (await askCluster(folder, 'POST', '/api/v1/namespaces', { metadata: { name: 'again' } })).status === 201,
  );
  await until(async () => {
    const { events } = await readStatus(folder);
    return events.known && events.count > before.count;
  });
  const status = await readStatus(folder);
  const parts = [
    status.etcd,
    status.apiserver,
    status.controllerManager,
    status.auditlogger,
    status.snoopdb,
    status.ui,
  ];
  expect(parts.map(({ running, restarts }) => ({ running, restarts }))).toEqual(
    parts.map(() => ({ running: true, restarts: expect.any(Number) })),
  );
  expect(parts.every(({ restarts }) => restarts >= 1)).toBe(true);
});

test('stops everything if a part keeps crashing, and the state says why', async () => {
  const folder = await makeStateFolder();
  await up(folder);
  const processes = listProcesses(folder);
  let last: number | null = null;
  await until(() => {
    const found = findPart(folder, 'auditlogger');
    if (found && found.pid !== last) {
      last = found.pid;
      process.kill(found.pid, 'SIGKILL');
    }
    return !processes.some(isAlive);
  });
  expect(listProcesses(folder)).toEqual([]);
  const status = await snoop(['status'], folder);
  expect(status.exitCode).toBe(1);
  expect(status.stdout).toContain('The last one stopped by itself: auditlogger crashed five times within a minute');
  expect(status.stdout).toContain(join(folder, 'logs', 'auditlogger.log'));
  expect((await up(folder)).stderr).toContain('The last control plane stopped by itself');
});

test('up reports and recovers what a killed supervisor left; down stops it', async () => {
  const folder = await makeStateFolder();
  await up(folder);
  const first = listProcesses(folder);
  expectDead([await killSupervisor(folder)]);
  const status = await snoop(['status'], folder);
  expect(status.exitCode).toBe(1);
  expect(status.stdout).toContain('Its supervisor was killed and left etcd');
  const { stderr } = await up(folder);
  expect(stderr).toMatch(/Found etcd \(\d+\), .* without their supervisor/);
  const kept = readState(createLayout(folder))?.parts.snoopdb?.pid;
  expectDead(first.filter(({ pid }) => pid !== kept));
  expect((await readStatus(folder)).running).toBe(true);

  const second = listProcesses(folder);
  await killSupervisor(folder);
  const down = await snoop(['down'], folder);
  expect(down.exitCode, down.stderr).toBe(0);
  expectDead(second);
});

async function killSupervisor(folder: string): Promise<ProcessIdentity> {
  const killed = kill(folder, 'supervisor');
  await until(() => !isAlive(killed));
  return killed;
}

describe('an interrupted up leaves no process', () => {
  test.each([
    ['SIGINT', 'etcd', 130],
    ['SIGTERM', 'auditlogger', 143],
    ['SIGINT', 'kube-apiserver', 130],
    ['SIGKILL', 'kube-apiserver', null],
  ] as const)('by %s when %s has started', async (signal, part, exitCode) => {
    const folder = await makeStateFolder();
    const starting = startSnoop(['up'], folder);
    await until(() => findPart(folder, part));
    const processes = listProcesses(folder);
    starting.signal(signal);
    const ended = await starting.ended;
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stdout).toBe('');
    await until(() => !processes.some(isAlive));
    expect(listProcesses(folder)).toEqual([]);
    // An interrupted first start removes what it created; a killed one cannot.
    if (exitCode === null) expect(readState(createLayout(folder))?.phase).toBe('stopped');
    else expect(existsSync(folder)).toBe(false);
  });
});

test('quotes the log of a part that does not start, and leaves nothing', async () => {
  const folder = await makeStateFolder();
  const damaged = join(folder, 'etcd', 'member', 'snap');
  mkdirSync(damaged, { recursive: true });
  writeFileSync(join(damaged, 'db'), 'not a database');
  const ended = await snoop(['up'], folder);
  expect(ended.exitCode).toBe(3);
  expect(ended.stderr).toContain('etcd did not start');
  expect(ended.stderr).toMatch(/\| .*(panic|fatal|invalid database|error)/i);
  expect(ended.stderr).toContain(join(folder, 'logs', 'etcd.log'));
  expect(listProcesses(folder)).toEqual([]);
  expect(existsSync(join(folder, 'state.json'))).toBe(true);
});

test('ends the processes of a state folder that is removed by hand', async () => {
  const folder = await makeStateFolder();
  // PostgreSQL's user must be able to search it, so that the database is in it, too.
  chmodSync(dirname(folder), 0o755);
  await up(folder);
  const processes = listProcesses(folder);
  rmSync(folder, { recursive: true });
  await until(() => !processes.some(isAlive));
  expect(existsSync(folder)).toBe(false);
});
