import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, inject } from 'vitest';
import { explainDifferences } from '../e2e/explanations.ts';
import type { Ended } from './support/command.ts';
import type { KindCluster } from './support/kind-cluster.ts';
import { say, step } from './support/progress.ts';

type Story = (what: string, work: () => Promise<void>) => void;
type Snoop = (command: string, ...args: string[]) => Promise<Ended>;

const listed = 'ConfigMaps can be listed [Conformance]';
const failing = 'Pods can be read';
/** For test/support/made-suite.mjs. */
const madeSuite = {
  tests: [
    { name: listed, requests: [['GET', '/api/v1/namespaces/default/configmaps']] },
    { name: failing, requests: [['GET', '/api/v1/namespaces/default/pods/none']] },
  ],
};

/** Conformance specs whose Pods need no image. */
const specs = [
  '[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount [Conformance]',
  '[sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance]',
  '[sig-node] Lease lease API should be available [Conformance]',
];

/** Audit runs on a cluster of `snoop up --kind`. e2e.test of the cluster's release is found, downloaded or built. */
export function describeAuditRuns(cluster: KindCluster, snoop: Snoop, story: Story): void {
  story('snoop audit-run --kind records a suite, and its folder is whole', async () => {
    const out = join(inject('runFolder'), 'audit-run');
    const words = ['env', `MADE_SUITE=${JSON.stringify(madeSuite)}`, process.execPath, 'test/support/made-suite.mjs'];
    const ended = await step('snoop audit-run --kind', () =>
      snoop('audit-run', '--kind', '--out', out, '--', ...words),
    );
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout).toContain(`ran ${listed}`);
    expectWhole(out, cluster);
    expect(listTested(out)).toEqual([{ endpoint: 'listCoreV1NamespacedConfigMap', tests: [listed] }]);
    expect(read(out, 'failed.json').requests).toMatchObject([{ endpoint: 'readCoreV1NamespacedPod' }]);
  });

  story(
    'snoop e2e --kind: three conformance specs that need no image pass, with their published endpoints',
    async () => {
      const out = join(inject('runFolder'), 'e2e');
      const focus = `(${specs.map((name) => name.replace(/[[\]]/g, '\\$&')).join('|')})$`;
      const ended = await step('snoop e2e --kind', () => snoop('e2e', '--kind', '--focus', focus, '--out', out));
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(ended.stderr).toMatch(/^3 of 3 specs ended, \d+ requests/m);
      expectWhole(out, cluster);
      const { tests } = read(out, 'coverage.json');
      const passed = tests.filter((one: { conformance_test: boolean }) => one.conformance_test);
      expect(passed.map(({ test }: { test: string }) => test).sort()).toEqual(specs);
      expect(readdirSync(join(out, 'junit'))).toHaveLength(1);
      expect(await explainDifferences(out)).toEqual({ compared: 3, unexplained: [] });
    },
  );
}

/** What the folder of a complete run has; every event that was sent is stored, and is in it. */
function expectWhole(folder: string, { controlPlane }: KindCluster): void {
  const run = read(folder, 'run.json');
  expect(run).toMatchObject({ format: 'snoop audit run', version: 1, complete: true, reasons: [], exitCode: 0 });
  expect(run.cluster).toMatchObject({ kind: 'kind', sources: [controlPlane] });
  const { sent, stored, rejected, errors, uncertain } = run.counters;
  say(`${sent} events sent, ${stored} stored, ${uncertain} uncertain`);
  expect({ rejected, errors }).toEqual({ rejected: 0, errors: 0 });
  expect(Math.abs(sent - stored)).toBeLessThanOrEqual(uncertain);
  const lines = gunzipSync(readFileSync(join(folder, 'events.jsonl.gz')))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(stored);
  for (const name of ['coverage.json', 'difference.json', 'failed.json', 'summary.md', 'logs/stdout.log']) {
    expect(run.files.map((file: { name: string }) => file.name)).toContain(name);
  }
  for (const { name, sha256 } of run.files) {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    expect(digest, name).toBe(sha256);
  }
}

function read(folder: string, name: string) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

function listTested(folder: string): { endpoint: string; tests: string[] }[] {
  const { endpoints } = read(folder, 'coverage.json');
  return endpoints.flatMap(({ endpoint, tested, tests }: { endpoint: string; tested: boolean; tests: string[] }) =>
    tested ? [{ endpoint, tests }] : [],
  );
}
