import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeStateFolder, readStatus, snoop, until } from './support.ts';

test('status shows what waits in the spool while SnoopDB does not answer', async () => {
  const folder = await makeStateFolder();
  const { exitCode, stderr } = await snoop(['up'], folder, { SNOOP_SPOOL: join(dirname(folder), 'spool') });
  expect(exitCode, stderr).toBe(0);
  const { snoopdb, auditlogger } = await until(async () => {
    const status = await readStatus(folder);
    return status.auditlogger.spool?.bodies === 0 ? status : null;
  });
  expect(auditlogger.spool).toEqual({
    bodies: 0,
    bytes: 0,
    maxBytes: 1024 ** 3,
    oldestAt: null,
    reason: null,
    refused: null,
    broken: null,
  });
  expect((await snoop(['status'], folder)).stdout).toContain('\nSpool: nothing waits\n');

  const { pid } = snoopdb;
  if (pid === null) throw new Error('SnoopDB does not run');
  const processes = [pid, ...listChildren(pid)];
  const goOn = (): void => {
    for (const one of processes) signal(one, 'SIGCONT');
  };
  onTestFinished(goOn);
  for (const one of processes) signal(one, 'SIGSTOP');
  // The control plane renews its leases all the time, so there are always events.
  const spool = await until(async () => {
    const status = await readStatus(folder);
    return (status.auditlogger.spool?.bodies ?? 0) > 0 ? status.auditlogger.spool : null;
  });
  // The token of the state folder reveals the details.
  expect(spool).toMatchObject({
    oldestAt: expect.any(Number),
    reason: expect.stringMatching(/^the database takes longer than .+|^timeout exceeded .+|^(?!the database )/),
  });
  expect((await snoop(['status'], folder)).stdout).toMatch(
    /^Spool: [\d,]+ bod(y|ies) of audit events \([\d.]+ \S+ of 1\.0 GiB\), the oldest arrived .+ ago; waiting: .+$/m,
  );
  goOn();
  await until(async () => (await readStatus(folder)).auditlogger.spool?.bodies === 0);
});

function listChildren(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.flatMap((line) => {
    const [pid, ppid] = line.trim().split(/\s+/).map(Number);
    return pid !== undefined && ppid === parent ? [pid] : [];
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
