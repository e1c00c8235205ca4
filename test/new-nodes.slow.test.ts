import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { expectAllRecorded, parseReport } from './support/report.ts';
import { makeFolder, runSnoop } from './support/snoop.ts';

// The programs of the nodes may have to be built first.
test('tests of Pods and what runs them pass on simulated nodes', { timeout: 1_200_000 }, async () => {
  const state = await startOwnControlPlane('--nodes', '1');
  const folder = await makeFolder();
  for (const kind of ['Pod', 'Deployment', 'Job', 'Node']) {
    const { exitCode, stderr } = await runSnoop([
      'new',
      kind,
      '--out',
      join(folder, `${kind}.live.ts`),
      '--state',
      state,
    ]);
    expect(exitCode, stderr).toBe(0);
  }
  const ended = await runSnoop(['test', folder, '--state', state, '--output', 'json']);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const report = parseReport(ended);
  expectAllRecorded(report);
  const steps = report.tests.flatMap(({ name, steps }) => steps.map((step) => `${name}: ${step.name}`));
  expect(steps.filter((step) => /runs|log/.test(step)).sort()).toEqual([
    'Deployment lifecycle: wait until it runs',
    'Job lifecycle: wait until it runs',
    'Pod lifecycle: read its log',
    'Pod lifecycle: wait until it runs',
  ]);
});
