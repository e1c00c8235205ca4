import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { computeDigest, identifyProcess, type RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { addHit, claim, claimLifecycle, review, reviewJson, writeClaim } from './support/claim.ts';
import { type Ended, makeFolder, runSnoop, startSnoop } from './support/snoop.ts';
import { readExports, sharedState } from './support/state.ts';

/** Flags of the shared cluster, as one that is named, for another state folder. */
async function nameCluster(): Promise<string[]> {
  const { DATABASE_URL: url = '' } = await readExports(sharedState());
  const kubeconfig = join(sharedState(), 'kubeconfig');
  return ['--run', '--yes', '--state', await makeFolder(), '--kubeconfig', kubeconfig, '--database-url', url];
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
  await expect.poll(() => identifyProcess(Number(pid)), { timeout: 10_000 }).toBe(null);
});
