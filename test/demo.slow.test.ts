import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeFolder, runSnoop } from './support/snoop.ts';

test("the demo shows both reports, ignores the shell's cluster and database, and leaves nothing", async () => {
  const cwd = await makeFolder();
  const env = { KUBECONFIG: '/no/such/kubeconfig', DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };
  const { exitCode, stdout, stderr } = await runSnoop(['demo'], { cwd, env });
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toContain('6 requests sent, 6 recorded');
  expect(stdout).toContain(
    'eligible, conformance tested 0: all 5 eligible endpoints hit are already conformance tested',
  );
  expect(stdout).toContain('14 requests sent, 14 recorded');
  expect(stdout).toMatch(/stable, tested +706 +631 +642 +\+11/);
  expect(stdout).not.toContain('no/such');
  expect(await readdir(cwd)).toEqual([]);
});
