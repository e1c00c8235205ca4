import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { explainDifferences } from './e2e/explanations.ts';
import { makeFolder, runSnoop } from './support/snoop.ts';

const release = '1.36.3';

/** Of several groups, among them specs with failed requests; none takes ten seconds. */
const specs = [
  'ConfigMap should run through a ConfigMap lifecycle',
  'ConfigMap should fail to create ConfigMap with empty key',
  'Secrets should patch a secret',
  'Lease lease API should be available',
  'PodTemplates should run the lifecycle of PodTemplates',
  'PodTemplates should delete a collection of pod templates',
  'ServiceAccounts should run through the lifecycle of a ServiceAccount',
  'Events API should delete a collection of events',
  'IngressClass API should support creating IngressClass API operations',
  'server version should find the server version',
];

/** Builds take minutes, for which `npm run test:e2e` has the time: no other test needs this release. */
function isAtHand(): boolean {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'snoop', 'control-plane');
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  const cached = join(cache, `${release}-${process.platform}-${arch}`);
  const folders = [...(process.env.PATH ?? '').split(':'), cached];
  return ['e2e.test', 'kube-apiserver'].every((name) => folders.some((folder) => existsSync(join(folder, name))));
}

test.skipIf(!isAtHand())(
  "ten conformance specs pass on simulated nodes, with their published endpoints (needs cached programs: 'npm run test:e2e' gets them)",
  { timeout: 600_000 },
  async () => {
    const state = await makeFolder();
    onTestFinished(async () => {
      await runSnoop(['down', '--purge', '--state', state]);
    });
    const folder = join(await makeFolder(), 'run');
    const focus = `(${specs.join('|')}) .*\\[Conformance\\]`;
    const args = ['e2e', '--release', release, '--state', state, '--parallel', '2', '--focus', focus];
    const { exitCode, stdout, stderr } = await runSnoop([...args, '--out', folder]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^process 1 of \d+ passed$/m);
    expect(stderr).toMatch(/^10 of 10 specs ended, \d+ requests/m);

    const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    expect(run).toMatchObject({ complete: true, reasons: [], exitCode: 0, resumes: null });
    expect(run.counters.stored).toBe(run.counters.sent);
    expect(await explainDifferences(folder)).toEqual({ compared: 10, unexplained: [] });

    const again = await runSnoop([...args, '--resume', folder, '--dry-run']);
    expect(again.stdout).toContain('10 specs left out:\n  10 passed in the earlier run');
  },
);
