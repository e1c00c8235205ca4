import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { computeDigest, type RunDocument } from '@snoop/snoopdb';
import { expect } from 'vitest';
import { type Ended, makeFolder, runSnoop, writeLiveTest } from './snoop.ts';
import { sharedState } from './state.ts';

const lifecycle = `
import { CoreV1Api } from '@kubernetes/client-node';
import { name } from './name.ts';
liveTest('ConfigMap', async ({ cluster, namespace, step }) => {
  const core = cluster.client(CoreV1Api);
  await step('create', () => core.createNamespacedConfigMap({ namespace, body: { metadata: { name } } }));
  await step('delete', () => core.deleteNamespacedConfigMap({ namespace, name }));
  await step('gone', () => expect(core.readNamespacedConfigMap({ namespace, name })).rejects.toMatchObject({ code: 404 }));
});`;

/** Runs a live test in its folder and exports the run. */
export async function claim(source: string): Promise<RunDocument> {
  const file = await writeLiveTest(source);
  const cwd = join(file, '..');
  await writeFile(join(cwd, 'name.ts'), "export const name: string = 'one';\n");
  const tested = await runSnoop(['test', 'sample.live.ts', '--state', sharedState()], { cwd });
  expect(tested.exitCode, tested.stderr).toBe(0);
  const [id = ''] = /\d{8}-\d{6}-\w{6}/.exec(tested.stdout) ?? [];
  const exported = await runSnoop(['runs', 'export', id, '--state', sharedState()]);
  return JSON.parse(exported.stdout);
}

let lifecycleRun: Promise<RunDocument> | undefined;

/** The run of a live test of ConfigMaps, the same one for all tests of a file. */
export function claimLifecycle(): Promise<RunDocument> {
  lifecycleRun ??= claim(lifecycle);
  return lifecycleRun;
}

/** Writes a claim with the digest that fits it, as a forger would. */
export async function writeClaim(claimed: RunDocument): Promise<string> {
  const { sha256: _, ...rest } = claimed;
  const file = join(await makeFolder(), 'run.json');
  await writeFile(file, JSON.stringify({ ...rest, sha256: computeDigest(rest) }));
  return file;
}

/** Reviews a claim on the shared control plane. */
export async function review(claimed: RunDocument, ...args: readonly string[]): Promise<Ended> {
  return runSnoop(['review', await writeClaim(claimed), ...args, '--state', sharedState()]);
}

interface ReviewJson {
  readonly verdict: string;
  readonly runs: readonly {
    readonly not_run: string | null;
    readonly here: readonly string[];
    readonly differences: readonly { readonly kind: string; readonly what: string; readonly reason: string }[];
    readonly of_one_release: readonly { readonly what: string }[];
    readonly doubts: readonly string[];
  }[];
}

/** Runs a claim on the shared control plane. */
export async function reviewJson(
  claimed: RunDocument,
  ...args: readonly string[]
): Promise<ReviewJson['runs'][number] & Pick<ReviewJson, 'verdict'>> {
  const { stdout, stderr } = await review(claimed, '--run', '--yes', '--output', 'json', ...args);
  const { verdict, runs }: ReviewJson = JSON.parse(stdout || JSON.stringify({ verdict: stderr, runs: [] }));
  const [run] = runs;
  if (!run) throw new Error(verdict);
  return { ...run, verdict };
}

/** Adds a successful request, its event and its endpoint. */
export function addHit(
  claimed: RunDocument,
  endpoint: string,
  path: string,
  changes: Partial<RunDocument['endpoints'][number]> = {},
): RunDocument {
  const [request, event] = [claimed.requests[0], claimed.evidence[0]];
  const row = claimed.endpoints.find(({ sent_by: sentBy }) => sentBy === 'test');
  if (!request || !event || !row) throw new Error('The run has a request.');
  const added = { audit_id: `${claimed.run.id}.9.1` };
  const answered = { method: 'GET', path, request_uri: path, status: 200 };
  return {
    ...claimed,
    requests: [...claimed.requests, { ...request, ...added, ...answered }],
    evidence: [...claimed.evidence, { ...event, ...added, verb: 'list', code: 200, endpoint }],
    endpoints: [...claimed.endpoints, { ...row, endpoint, path, hit_by_new_test: 1, ...changes }],
  };
}
