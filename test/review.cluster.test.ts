import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { computeDigest, type RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { type Ended, makeFolder, runSnoop, startSnoop, writeLiveTest } from './support/snoop.ts';
import { readExports, sharedState } from './support/state.ts';

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
async function claim(source: string): Promise<RunDocument> {
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

function claimLifecycle(): Promise<RunDocument> {
  lifecycleRun ??= claim(lifecycle);
  return lifecycleRun;
}

/** Writes a claim with the digest that fits it, as a forger would. */
async function writeClaim(claimed: RunDocument): Promise<string> {
  const { sha256: _, ...rest } = claimed;
  const file = join(await makeFolder(), 'run.json');
  await writeFile(file, JSON.stringify({ ...rest, sha256: computeDigest(rest) }));
  return file;
}

async function review(claimed: RunDocument, ...args: readonly string[]): Promise<Ended> {
  return runSnoop(['review', await writeClaim(claimed), ...args, '--state', sharedState()]);
}

/** Flags of the shared cluster, as one that is named, for another state folder. */
async function nameCluster(): Promise<string[]> {
  const { DATABASE_URL: url = '' } = await readExports(sharedState());
  const kubeconfig = join(sharedState(), 'kubeconfig');
  return ['--run', '--yes', '--state', await makeFolder(), '--kubeconfig', kubeconfig, '--database-url', url];
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

async function reviewJson(
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
function addHit(
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

test('a ticket of a new test is confirmed from another state folder, and names the endpoint that was changed', async () => {
  const cwd = await makeFolder();
  const state = ['--state', sharedState()];
  const author = async (...args: readonly string[]): Promise<Ended> => {
    const ended = await runSnoop([...args, ...state], { cwd });
    expect(ended.exitCode, ended.stderr).toBe(0);
    return ended;
  };
  await author('new', 'Lease');
  const { stdout: report } = await author('test');
  const [id = ''] = /\d{8}-\d{6}-\w{6}/.exec(report) ?? [];
  await author('ticket', id, '--out', 'ticket.md');

  const temporary = await makeFolder();
  const confirmed = await runSnoop(['review', 'ticket.md', ...(await nameCluster())], {
    cwd,
    env: { TMPDIR: temporary },
  });
  expect(confirmed.exitCode, confirmed.stderr + confirmed.stdout).toBe(0);
  expect(confirmed.stdout).toMatch(/^## snoop review: confirmed/);
  expect(await readdir(temporary)).toEqual([]);

  const ticket = await readFile(join(cwd, 'ticket.md'), 'utf8');
  const forged = forgeEvidence(ticket, (run) =>
    addHit(run, 'listCoreV1Node', '/api/v1/nodes', {
      hit_by_ete: true,
      hit_by_conformance: true,
      level: 'stable',
      kind: 'Node',
      eligible: true,
    }),
  );
  await writeFile(join(cwd, 'forged.md'), forged);
  const different = await runSnoop(['review', 'forged.md', ...(await nameCluster())], { cwd });
  expect(different.exitCode, different.stderr).toBe(1);
  expect(different.stdout).toMatch(/^\| not hit \| listCoreV1Node \| 200 \| - \| /m);
});

/** Replaces the first run in a ticket's evidence, with digests that fit. */
function forgeEvidence(ticket: string, change: (run: RunDocument) => RunDocument): string {
  const [, json = ''] = /```json\n(\{\n"format":"snoop-ticket"[\s\S]*?\n)```/.exec(ticket) ?? [];
  const {
    sha256: _,
    runs: [first],
    ...evidence
  } = JSON.parse(json);
  const { sha256: _own, ...run } = change(first);
  const changed = { ...evidence, runs: [{ ...run, sha256: computeDigest(run) }] };
  return ticket.replace(json, () => `${JSON.stringify({ ...changed, sha256: computeDigest(changed) })}\n`);
}

test('a run is confirmed from another state folder, on a named cluster, and leaves nothing behind', async () => {
  const claimed = await claimLifecycle();
  expect(claimed.files.map(({ file }) => file)).toEqual(['name.ts', 'sample.live.ts']);
  const temporary = await makeFolder();
  const { exitCode, stdout, stderr } = await runSnoop(['review', await writeClaim(claimed), ...(await nameCluster())], {
    env: { TMPDIR: temporary },
  });
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/^## snoop review: confirmed/);
  expect(stdout).toContain('| readCoreV1NamespacedConfigMap | 404 | 404 |');
  // The source comes first, then the cluster on which it runs.
  expect(stderr).toMatch(
    /=== sample\.live\.ts[\s\S]+=== name\.ts[\s\S]+Running the tests on the cluster https:\/\/127/,
  );
  expect(await readdir(temporary)).toEqual([]);
});

test('a forged endpoint is found on paper, and one that is consistent on paper by running', async () => {
  const claimed = await claimLifecycle();
  const renamed: RunDocument = JSON.parse(
    JSON.stringify(claimed).replaceAll(
      '"deleteCoreV1NamespacedConfigMap"',
      '"deleteCoreV1CollectionNamespacedConfigMap"',
    ),
  );
  const onPaper = await review(renamed);
  expect(onPaper.exitCode, onPaper.stderr).toBe(1);
  expect(onPaper.stdout).toMatch(
    /endpoint is deleteCoreV1CollectionNamespacedConfigMap; by the data of [\d.]+ here it is deleteCoreV1NamespacedConfigMap/,
  );

  const facts = { hit_by_ete: true, hit_by_conformance: true, level: 'stable', kind: 'Node', eligible: true } as const;
  const added = addHit(claimed, 'listCoreV1Node', '/api/v1/nodes', facts);
  expect((await review(added)).stdout).toContain('consistent on paper; not run');
  const { verdict, differences } = await reviewJson(added);
  expect(verdict).toBe('different');
  expect(differences.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['not hit listCoreV1Node']);
});

test('an endpoint that the cluster does not serve is named so; of another release it is listed apart', async () => {
  const claimed = await claimLifecycle();
  const facts = { in_baseline: false, eligible: false, hit_by_ete: false, hit_by_conformance: false };
  const added = addHit(claimed, 'listExampleOrgV1Gizmo', '/apis/example.org/v1/gizmos', facts);
  const same = await reviewJson(added);
  expect(same.differences.map(({ what, reason }) => `${what}: ${reason}`)).toEqual([
    'listExampleOrgV1Gizmo: this cluster does not serve it: a kind or a feature is missing here',
  ]);
  const other = await reviewJson({ ...added, run: { ...added.run, cluster_version: '1.34.1' } });
  expect(other.verdict).toBe('confirmed');
  expect(other.of_one_release.map(({ what }) => what)).toEqual(['listExampleOrgV1Gizmo']);
});

test('a test of somebody else sees the cluster, and no other credentials', async () => {
  const secrets = {
    ...{
      KUBECONFIG: '/secret/kubeconfig',
      DATABASE_URL: 'postgresql://secret',
      PGPASSWORD: 'secret',
      GH_TOKEN: 'secret',
    },
    ...{
      AWS_SECRET_ACCESS_KEY: 'secret',
      SSH_AUTH_SOCK: '/secret/agent',
      NODE_OPTIONS: '--title=secret',
      SNOOP_STATE: '/secret',
    },
  };
  const document = await claim(`
import { homedir } from 'node:os';
import { existsSync } from 'node:fs';
liveTest('curious', async ({ cluster }) => {
  await cluster.request({ method: 'GET', path: '/version' });
  console.log('ENV ' + JSON.stringify(process.env));
  console.log('HOME ' + homedir() + ' ' + existsSync(homedir() + '/.kube') + ' \\u001b]0;title\\u0007');
});
void (await import('./name.ts'));`);
  const { exitCode, stderr } = await runSnoop(['review', await writeClaim(document), ...(await nameCluster())], {
    env: secrets,
  });
  expect(exitCode, stderr).toBe(0);
  const [, printed = ''] = /ENV (\{.*\})/.exec(stderr) ?? [];
  const env: Record<string, string> = JSON.parse(printed);
  expect(printed).not.toContain('secret');
  const own = ['PATH', 'HOME', 'TMPDIR', 'NO_COLOR'];
  expect(Object.keys(env)).toEqual(expect.arrayContaining(own));
  const others = Object.keys(env).filter(
    (name) =>
      !own.includes(name) &&
      !/^(?:LANG|LC_|TZ|VITEST|VITE_|NODE_ENV|TEST|DEV|PROD|SSR|MODE|BASE_URL|FORCE_|FORKS)/.test(name),
  );
  expect(others).toEqual([]);
  expect(stderr).toMatch(/HOME \S+snoop-review-\w+\/home false/);
  expect(stderr).not.toContain('\u001b');
});

test('a flaky answer is found by repeating', async () => {
  const counter = join(await makeFolder(), 'counter');
  const claimed = await claim(`
import { appendFileSync, readFileSync } from 'node:fs';
import { name } from './name.ts';
liveTest('flaky', async ({ cluster }) => {
  appendFileSync(${JSON.stringify(counter)}, name);
  await cluster.request({ method: 'GET', path: '/api/v1/namespaces' });
  // The third time, which is the second one of the review.
  if (readFileSync(${JSON.stringify(counter)}, 'utf8').length === 9) await cluster.request({ method: 'GET', path: '/api/v1/nodes' });
});`);
  const { verdict, differences, here } = await reviewJson(claimed, '--repeat', '3');
  expect(here).toHaveLength(3);
  expect(differences.map(({ kind, what, reason }) => `${kind} ${what}: ${reason}`)).toEqual([
    'also hit listCoreV1Node: flaky: in 1 of 3 runs',
  ]);
  expect(verdict).toBe('different');
});

test('a test that fails here, reaches its timeout, or cannot run', async () => {
  const claimed = await claimLifecycle();
  const change = (content: string): RunDocument => ({
    ...claimed,
    files: claimed.files.map((file) => (file.file === 'sample.live.ts' ? { ...file, content } : file)),
  });
  const source = claimed.files.find(({ file }) => file === 'sample.live.ts')?.content ?? '';
  const failing = await reviewJson(
    change(source.replace("step('delete'", "step('fail', () => { throw new Error('no'); }); await step('delete'")),
  );
  expect(failing.verdict).toBe('different');
  expect(failing.differences).toContainEqual(
    expect.objectContaining({ kind: 'test', what: 'ConfigMap', reason: 'the test failed here: no' }),
  );
  const endless = await reviewJson(
    change(source.replace("await step('delete'", "await new Promise(() => {}); await step('delete'")),
    '--timeout',
    '5',
  );
  expect(endless.differences).toContainEqual(
    expect.objectContaining({
      kind: 'test',
      reason: 'the test failed here: Test timed out in 5000ms.',
    }),
  );
  const missing = await review(change(`import './gone.ts';\n${source}`), '--run', '--yes');
  expect(missing.stdout).toContain("sample.live.ts: It imports './gone.ts', a file that is not in the ticket.");
  expect(missing.stderr).not.toContain('Running the tests');
  expect(missing.exitCode).toBe(3);
});

test('a hostile ticket is refused before anything runs or is written', async () => {
  const claimed = await claimLifecycle();
  const [file] = claimed.files;
  if (!file) throw new Error('The run has a source.');
  const temporary = await makeFolder();
  const hostile = await writeClaim({
    ...claimed,
    run: { ...claimed.run, author: '\u001b[2J**confirmed**' },
    files: [...claimed.files, { ...file, file: '../../escaped.ts' }, { ...file, file: '/tmp/absolute.ts' }],
  });
  const { exitCode, stdout, stderr } = await runSnoop(['review', hostile, '--run', '--yes', '--state', sharedState()], {
    env: { TMPDIR: temporary },
  });
  expect(exitCode, stderr).toBe(1);
  expect(stdout).toMatch(/^## snoop review: different from what it claims\n/);
  expect(stdout).toContain('The name of this source leads out of its folder.');
  expect(stdout).toContain('The name of this source is an absolute path');
  expect(stdout).toContain('Not run: ');
  expect(stderr).not.toContain('Running the tests');
  expect(`${stdout}${stderr}`).not.toContain('\u001b');
  expect(await readdir(temporary)).toEqual([]);
});

test('without a terminal nothing runs unless --yes is given', async () => {
  const { exitCode, stderr, stdout } = await review(await claimLifecycle(), '--run');
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('There is no terminal to ask on');
});

const endless = `
import { liveTest } from '@snoop/workbench';
liveTest('endless', { timeout: 0 }, async ({ cluster }) => {
  await cluster.request({ method: 'GET', path: '/version' });
  console.log('pid ' + process.pid + ' ' + process.cwd());
  await new Promise(() => {});
});`;

test('Ctrl-C ends the tests and removes their folder', async () => {
  const claimed = await claimLifecycle();
  const files = [{ file: 'sample.live.ts', content: endless, omitted: null }];
  const file = await writeClaim({ ...claimed, files });
  const snoop = startSnoop(['review', file, '--run', '--yes', '--state', sharedState()]);
  await snoop.sawOnStderr('| pid ');
  const [, pid = '', folder = ''] = /\| pid (\d+) (\S+)/.exec(snoop.stderr()) ?? [];
  snoop.interrupt();
  expect((await snoop.ended).exitCode).toBe(130);
  await expect(readFile(join(folder, 'sample.live.ts'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});
