import { expect, test } from 'vitest';
import { formatWorld, makeLog, writeFiles } from '../support/gate-world/made-files.ts';
import { listCommits, makeRepository, repositoryPaths, runGit } from '../support/gate-world/made-repository.ts';
import { conformanceTest, ineligible, makeWorld, pending, type World } from '../support/gate-world/made-world.ts';
import { type GateRun, runGate } from '../support/gate-world/run-gate.ts';

// Pull requests that only take something away: each is compared with the commit that it is merged into, by the hits of
// the newest run of that commit.

const secretTest = conformanceTest('Secret');

async function judgeChange(
  change: (world: World) => void,
  args: readonly string[] = [],
  world: World = makeWorld(),
): Promise<GateRun> {
  const base = listCommits(formatWorld(world));
  const log = makeLog(world, 'f'.repeat(40));
  change(world);
  const time = Math.floor(Date.now() / 1000) - 86_400;
  const { folder } = await makeRepository([
    ...base,
    { branch: 'master', time, message: 'Less', files: formatRepository(world) },
  ]);
  await writeFiles(folder, { 'audit.log': log });
  return runGate(folder, ['--repo', '.', '--previous', runGit(folder, ['rev-parse', 'HEAD^']).trim(), ...args]);
}

const hits = ['--hits', 'audit.log'];

function summarize({ exitCode, answer, stderr }: GateRun): unknown {
  if (answer === null) return stderr;
  const reasons = answer.gaps.map(({ endpoint, because, state, isNew }) => [endpoint, because, state, isNew]);
  return { exitCode, reasons, doubts: answer.doubts };
}

const red = (...reasons: readonly (readonly [endpoint: string, because: string])[]): unknown => ({
  exitCode: 1,
  reasons: reasons.map((reason) => [...reason, 'not yet proven', false]),
  doubts: [],
});
const green = { exitCode: 0, reasons: [], doubts: [] };

function removeTest(world: World): void {
  world.conformance = world.conformance.filter(({ codename }) => codename !== secretTest);
}

test('a change of nothing is green', async () => {
  expect(summarize(await judgeChange(() => {}, hits))).toEqual(green);
});

test('a test that is removed takes its endpoints with it', async () => {
  const run = await judgeChange(removeTest, hits);
  const secrets = makeWorld().hits.get(secretTest) ?? [];
  expect(secrets).toHaveLength(11);
  expect(summarize(run)).toEqual(
    red(...secrets.sort().map((name) => [name, `its only conformance test is removed: ${secretTest}`] as const)),
  );
  expect(run.answer?.summary).toMatchInlineSnapshot(
    `"11 endpoints are not yet proven: no whole run of this commit says whether a conformance test hits them."`,
  );
  expect(run.answer?.notes).toMatchInlineSnapshot(`
    [
      "This change removes 1 conformance test: [sig-apps] Secret should work [Conformance].",
      "The previous document is of an ancestor commit in 1.37.0. It has the same endpoints, so none is new.",
      "audit.log has hits of 1 conformance test that test/conformance/testdata/conformance.yaml does not list; they do not count: [sig-apps] Secret should work [Conformance].",
    ]
  `);
});

test('without hits, a removed test is named', async () => {
  const { answer } = await judgeChange(removeTest);
  expect(answer?.notes).toContain(`This change removes 1 conformance test: ${secretTest}.`);
});

test('a removed test loses nothing while another one hits its endpoints', async () => {
  const world = makeWorld();
  const other = { ...world.conformance[0], codename: conformanceTest('Secret again') } as World['conformance'][number];
  world.conformance.push(other);
  world.hits.set(other.codename, world.hits.get(secretTest) ?? []);
  expect(summarize(await judgeChange(removeTest, hits, world))).toEqual(green);
});

test('a test that is demoted is enough with --any-test', async () => {
  expect(summarize(await judgeChange(removeTest, [...hits, '--any-test']))).toEqual(green);
});

test('an entry of a list that excuses an endpoint saves it from a removed test', async () => {
  const [endpoint = '', ...others] = (makeWorld().hits.get(secretTest) ?? []).sort();
  const run = await judgeChange((world) => {
    removeTest(world);
    world.pending.push(endpoint);
    world.ineligible.push(...others.map((name) => ({ endpoint: name, reason: 'no', link: 'https://example.org/1' })));
  }, hits);
  expect(summarize(run)).toEqual(green);
  expect(run.answer?.notes.slice(0, 3)).toMatchInlineSnapshot(`
    [
      "This change removes 1 conformance test: [sig-apps] Secret should work [Conformance].",
      "The previous document is of an ancestor commit in 1.37.0. It has the same endpoints, so none is new.",
      "On the list of ineligible endpoints since the previous document: deleteCoreV1CollectionNamespacedSecret, deleteCoreV1NamespacedSecret, listCoreV1NamespacedSecret, listCoreV1SecretForAllNamespaces, patchCoreV1NamespacedSecret, and 5 more.",
    ]
  `);
});

test.each([
  ['ineligible', ineligible],
  ['pending', pending],
])('an endpoint that is no longer %s needs a test', async (list, endpoint) => {
  for (const args of [hits, []]) {
    const world = makeWorld();
    // An empty list of ineligible endpoints is refused.
    world.ineligible.push({ endpoint: 'getAppsAPIGroup', reason: 'no', link: 'https://example.org/2' });
    const run = await judgeChange(
      () => {
        if (list === 'ineligible') world.ineligible.shift();
        else world.pending.pop();
      },
      args,
      world,
    );
    expect(summarize(run)).toEqual(red([endpoint, `no longer ${list}`]));
  }
});

test('an entry that is removed because a test hits the endpoint leaves no gap', async () => {
  const world = makeWorld();
  world.pending.push('createCoreV1NamespacedPod');
  const run = await judgeChange((changed) => void changed.pending.pop(), hits, world);
  expect(summarize(run)).toEqual(green);
});

test('an endpoint may move from one list to the other', async () => {
  const run = await judgeChange((world) => {
    world.pending = [];
    world.ineligible.push({ endpoint: pending, reason: 'no', link: 'https://example.org/3' });
  }, hits);
  expect(summarize(run)).toEqual(green);
  expect(run.answer?.notes).toContain(`On the list of ineligible endpoints since the previous document: ${pending}.`);
});

test('tags in another order are a new name of the same test, also of all tests', async () => {
  const rename = (name: string): string => name.replace(/^(\[sig-apps\]) (.*) (\[Conformance\])$/, '$1 $3 $2');
  const run = await judgeChange((world) => {
    world.conformance = world.conformance.map((entry) => ({ ...entry, codename: rename(entry.codename) }));
  }, hits);
  expect(summarize(run)).toEqual(green);
  expect(run.answer?.unprovenTests).toEqual([]);
  expect(run.answer?.notes.find((note) => note.includes('renames'))).toMatch(
    /^This change renames \d\d conformance tests; hits under an old name count: \[sig-apps\] /,
  );
});

test.each([
  ['another word', ['[sig-apps] Secret should serve [Conformance]']],
  ['other tags', ['[sig-apps] Secret should work [Conformance] [Serial]']],
  ['words in another order', ['[sig-apps] should Secret work [Conformance]']],
  ['two candidates', ['[Conformance] [sig-apps] Secret should work', '[sig-apps] [Conformance] Secret should work']],
])('%s: not a new name', async (_, names) => {
  const run = await judgeChange((world) => {
    const entry = world.conformance.find(({ codename }) => codename === secretTest);
    removeTest(world);
    if (entry !== undefined) world.conformance.push(...names.map((codename) => ({ ...entry, codename })));
  }, hits);
  expect(run.exitCode).toBe(1);
  expect(run.answer?.gaps).toHaveLength(11);
});

test('a list that the previous commit lacks, or that cannot be read there, is named', async () => {
  const world = makeWorld();
  const commits = listCommits(formatWorld(world)).map((commit) => ({ ...commit, files: { ...commit.files } }));
  const last = commits.at(-1);
  if (last) Object.assign(last.files, { [repositoryPaths.pending]: null, [repositoryPaths.ineligible]: '- {' });
  const next = {
    branch: 'master',
    time: Math.floor(Date.now() / 1000) - 86_400,
    message: 'Lists',
    files: formatRepository(world),
  };
  const { folder } = await makeRepository([...commits, next]);
  await writeFiles(folder, { 'audit.log': makeLog(world, 'f'.repeat(40)) });
  const { answer } = await runGate(folder, ['--repo', '.', '--previous', 'HEAD^', ...hits]);
  const notes = answer?.sources.flatMap((source) => source.notes.map((note) => `${source.role}: ${note}`)) ?? [];
  expect(
    notes.filter((note) => note.includes('unknown')).map((note) => note.replace(/[0-9a-f]{12}/, 'COMMIT')),
  ).toMatchInlineSnapshot(`
    [
      "ineligible: What this change removes from the list is unknown: test/conformance/testdata/ineligible_endpoints.yaml, line 1, column 4: this is not YAML: unexpected end of the stream within a flow collection.",
      "pending: What this change removes from the list is unknown: Commit COMMIT has no test/conformance/testdata/pending_eligible_endpoints.yaml.",
    ]
  `);
});

function formatRepository(world: World): Record<string, string | Buffer> {
  const { conformance, ineligible: list, pending: others } = formatWorld(world);
  return {
    [repositoryPaths.conformance]: conformance,
    [repositoryPaths.ineligible]: list,
    [repositoryPaths.pending]: others,
  };
}

test('every output has the reason', async () => {
  for (const output of ['text', 'markdown', 'junit', 'sarif', 'github', 'json']) {
    const { stdout } = await judgeChange(removeTest, [...hits, '--output', output]);
    expect(stdout.replaceAll('\\', '').replaceAll(/\s+/g, ' '), output).toContain(
      'its only conformance test is removed',
    );
  }
});
