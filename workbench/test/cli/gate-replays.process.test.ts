import { expect, test } from 'vitest';
import type { GateAnswer } from '../../src/gate/answer.ts';
import { makeDocument } from '../support/gate-world/made-document.ts';
import { fileNames, formatWorld, makeCoverage, makeLog, writeFiles } from '../support/gate-world/made-files.ts';
import { listCommits, makeRepository, repositoryPaths } from '../support/gate-world/made-repository.ts';
import {
  addTest,
  conformanceTest,
  early,
  ineligible,
  listEndpoints,
  makeWorld,
  pending,
  removeEndpoint,
  removeHit,
  type World,
} from '../support/gate-world/made-world.ts';
import { type GateRun, judgeWorld, listFlags, runGate } from '../support/gate-world/run-gate.ts';

const widgetTest = conformanceTest('Widget');
const gapNames = (answer: GateAnswer | null): string[] => (answer?.gaps ?? []).map(({ endpoint }) => endpoint).sort();

/** Exit code, verdict and gaps; what was wrong, if something was. */
function summarize({ exitCode, answer, stderr }: GateRun): unknown {
  if (answer === null) return { exitCode, stderr };
  const doubts = answer.doubts.length === 0 ? {} : { doubts: answer.doubts };
  return { exitCode, verdict: answer.verdict, gaps: gapNames(answer), ...doubts };
}

const green = { exitCode: 0, verdict: 'nothing missing', gaps: [] };

/** A checkout of the world's change, with the log of a run of that commit. */
async function judgeRepository(
  world: World,
  args: readonly string[] = [],
  { before, runOf }: { before?: Parameters<typeof listCommits>[1]; runOf?: string } = {},
): Promise<GateRun> {
  const { folder, head } = await makeRepository(listCommits(formatWorld(world), before));
  await writeFiles(folder, { [fileNames.log]: makeLog(world, runOf ?? head) });
  return runGate(folder, ['--repo', '.', '--hits', fileNames.log, ...args]);
}

test("the discovery endpoint of a group with alpha versions only is not a gap, and has its group's level", async () => {
  const run = await judgeWorld(makeWorld());
  expect(summarize(run)).toEqual(green);
  const { answer } = await judgeWorld(makeWorld(), [...listFlags(), '--level', 'alpha']);
  expect(gapNames(answer)).toContain('getEarlyAPIGroup');
  const beta = makeWorld();
  Object.assign(beta.current.paths, makeDocument([{ ...early, version: 'v1beta1' }]).paths);
  expect(summarize(await judgeWorld(beta))).toEqual(green);
  const stable = makeWorld();
  Object.assign(stable.previous.paths, makeDocument([early]).paths);
  Object.assign(stable.current.paths, makeDocument([{ ...early, version: 'v1' }]).paths);
  // The path is old, its level is new.
  expect(gapNames((await judgeWorld(stable, listFlags(null))).answer)).toContain('getEarlyAPIGroup');
});

test('many new stable endpoints without a test are not yet proven by a run of unknown commit', async () => {
  const world = makeWorld();
  world.hits.delete(widgetTest);
  const { exitCode, answer } = await judgeWorld(world);
  expect({ exitCode, verdict: answer?.verdict, gaps: answer?.gaps.length }).toEqual({
    exitCode: 1,
    verdict: 'not yet proven',
    gaps: 11,
  });
});

test('they are missing after a run of this commit', async () => {
  const world = makeWorld();
  world.hits.delete(widgetTest);
  const { exitCode, answer, stderr } = await judgeRepository(world);
  expect(answer?.doubts, stderr).toEqual([]);
  expect({ exitCode, verdict: answer?.verdict, gaps: answer?.gaps.length }).toEqual({
    exitCode: 1,
    verdict: 'missing',
    gaps: 11,
  });
});

test('a run of another commit proves what it hits, and not what it lacks', async () => {
  const world = makeWorld();
  expect(summarize(await judgeRepository(world))).toEqual(green);
  removeHit(world, 'createThingsV1NamespacedWidget');
  expect(summarize(await judgeRepository(world, [], { runOf: 'f'.repeat(40) }))).toEqual({
    exitCode: 1,
    verdict: 'not yet proven',
    gaps: ['createThingsV1NamespacedWidget'],
  });
});

test('a pending endpoint is honoured, and fails after its limit', async () => {
  const world = makeWorld();
  expect(summarize(await judgeRepository(world, ['--pending-limit', '1']))).toEqual(green);
  const { answer } = await judgeRepository(world, [], { before: { pending: `- ${pending}\n` } });
  expect(answer?.pending).toMatchObject([{ endpoint: pending, since: '1.36.0', pendingFor: 1 }]);
  expect(
    summarize(await judgeRepository(world, ['--pending-limit', '1'], { before: { pending: `- ${pending}\n` } })),
  ).toMatchObject({ exitCode: 1, gaps: [pending] });
  // Without a history: it cannot be pending for longer than it is stable.
  expect(summarize(await judgeWorld(world, [...listFlags(), '--pending-limit', '1']))).toEqual(green);
});

test('a coverage file that one stale run overwrote is refused', async () => {
  const world = makeWorld();
  const whole = makeCoverage(world);
  world.hits.delete(conformanceTest('Secret'));
  const stale = makeCoverage(world);
  const totals = Object.fromEntries(Object.entries(whole).filter(([key]) => / endpoints$/.test(key)));
  const { exitCode, answer, stderr } = await judgeWorld(world, listFlags(), (files) => {
    files.coverage = JSON.stringify({ ...stale, ...totals });
  });
  expect(exitCode).toBe(3);
  expect(answer?.doubts.join('\n') ?? stderr).toContain('contradicts itself');
});

test('a test that goes takes its endpoints with it: they are debt', async () => {
  const world = makeWorld();
  world.hits.delete(conformanceTest('Secret'));
  expect(summarize(await judgeWorld(world))).toEqual(green);
  const { exitCode, answer } = await judgeWorld(world, [...listFlags(), '--debt']);
  expect({ exitCode, debt: answer?.debt?.length }).toEqual({ exitCode: 1, debt: 11 });
});

test('a test name may contain the separator of user agents', async () => {
  const world = makeWorld();
  const endpoints = world.hits.get(widgetTest) ?? [];
  world.hits.delete(widgetTest);
  addTest(world, '[sig-apps] Widget -- with a dash -- should work [Conformance]', endpoints);
  for (const hits of ['coverage', 'log'] as const) {
    expect(summarize(await judgeWorld(world, listFlags(hits)))).toEqual(green);
  }
});

test('an endpoint with another name for the same method and path is renamed, not new', async () => {
  const world = makeWorld();
  const pod = world.current.paths['/api/v1/namespaces/{namespace}/pods/{name}']?.get;
  expect(pod?.operationId).toBe('readCoreV1NamespacedPod');
  if (pod) pod.operationId = 'fetchPod';
  for (const [test, hit] of world.hits) {
    world.hits.set(
      test,
      hit.map((name) => (name === 'readCoreV1NamespacedPod' ? 'fetchPod' : name)),
    );
  }
  const run = await judgeWorld(world);
  expect(summarize(run)).toEqual(green);
  expect(run.answer?.renamed).toEqual([{ from: 'readCoreV1NamespacedPod', to: 'fetchPod' }]);
});

test('two tags, no id, and one id twice are named, and hide nothing', async () => {
  const world = makeWorld();
  const item = world.current.paths['/apis/things.k8s.io/v1/namespaces/{namespace}/widgets/{name}'];
  item?.get?.tags?.push('other_v1');
  world.current.paths['/apis/things.k8s.io/v1/nameless'] = { get: { tags: ['things_v1'], description: 'no id' } };
  world.current.paths['/apis/things.k8s.io/v1/copies'] = {
    get: { tags: ['things_v1'], operationId: 'createThingsV1NamespacedWidget', description: 'a copied id' },
  };
  for (const hits of ['coverage', 'log'] as const) {
    const run = await judgeWorld(world, listFlags(hits), (files) => {
      // The run was before the change.
      Object.assign(files, { ...formatWorld(makeWorld()), openapi: files.openapi });
    });
    expect(run.exitCode, run.stderr).not.toBe(0);
    if (run.exitCode === 1) {
      const paths = run.answer?.gaps.map(({ path }) => path);
      expect(paths).toContain('/apis/things.k8s.io/v1/nameless');
      expect(paths).toContain('/apis/things.k8s.io/v1/copies');
    }
    expect(run.stdout).toMatch(/several tags|two tags/);
  }
});

test('an ineligible endpoint with a conformance test, a tested pending one and unknown entries are stale', async () => {
  const world = makeWorld();
  addTest(world, conformanceTest('Gadget'), [pending, ineligible]);
  world.ineligible.push({ endpoint: 'createNothing', reason: 'gone', link: 'https://example.org/2' });
  const run = await judgeWorld(world);
  expect(summarize(run)).toEqual(green);
  expect(run.answer?.stale.map(({ list, endpoint }) => `${list} ${endpoint}`).sort()).toEqual([
    'ineligible createNothing',
    `ineligible ${ineligible}`,
    `pending ${pending}`,
  ]);
  expect((await judgeWorld(world, [...listFlags(), '--strict-lists'])).exitCode).toBe(1);
});

test('grace lists a young endpoint with its due release; it is spent for an old one', async () => {
  const world = makeWorld();
  removeHit(world, 'createThingsV1NamespacedWidget');
  const { exitCode, answer } = await judgeWorld(world, [...listFlags(), '--grace', '1']);
  expect(exitCode).toBe(0);
  expect(answer?.due).toMatchObject([{ endpoint: 'createThingsV1NamespacedWidget', due: '1.38.0' }]);
});

test('an endpoint that only an e2e test hits is a gap without --any-test', async () => {
  const world = makeWorld();
  removeHit(world, 'createThingsV1NamespacedWidget');
  world.hits.set('[sig-apps] Widget', ['createThingsV1NamespacedWidget']);
  for (const hits of ['coverage', 'log'] as const) {
    expect(gapNames((await judgeWorld(world, listFlags(hits))).answer)).toEqual(['createThingsV1NamespacedWidget']);
    expect(summarize(await judgeWorld(world, [...listFlags(hits), '--any-test']))).toEqual(green);
  }
});

test('an endpoint that was removed and is there again is new, and named so', async () => {
  const world = makeWorld();
  removeEndpoint(world.previous, 'createCoreV1NamespacedSecret');
  removeHit(world, 'createCoreV1NamespacedSecret');
  const { exitCode, answer } = await judgeWorld(world);
  expect(exitCode).toBe(1);
  expect(gapNames(answer)).toEqual(['createCoreV1NamespacedSecret']);
});

test('new entries of conformance.yaml are named with the command that proves them', async () => {
  const world = makeWorld();
  const { folder } = await makeRepository(
    listCommits(formatWorld(world), {
      conformance: formatWorld({
        ...world,
        conformance: world.conformance.filter(({ codename }) => codename !== widgetTest),
      }).conformance.toString(),
    }),
  );
  const { exitCode, answer, stderr } = await runGate(folder, ['--repo', '.']);
  expect(answer?.doubts, stderr).toEqual([]);
  expect({ exitCode, verdict: answer?.verdict }).toEqual({ exitCode: 1, verdict: 'not yet proven' });
  expect(answer?.unprovenTests.map(({ codename }) => codename)).toEqual([widgetTest]);
  expect(answer?.prove).toContain('Widget');
  expect(repositoryPaths.conformance).toContain('testdata');
});

test('every endpoint of the current document that is new and eligible is a gap without hits', async () => {
  const world = makeWorld();
  const { answer } = await judgeWorld(world, listFlags(null));
  const known = new Set(listEndpoints(world.previous).map(({ method, path }) => `${method} ${path}`));
  const expected = listEndpoints(world.current)
    .filter(({ method, path }) => !known.has(`${method} ${path}`) && !/alpha|\/watch\/|early/.test(path))
    .map(({ endpoint }) => endpoint)
    // Its level is new.
    .concat('getThingsAPIGroup')
    .filter((endpoint) => endpoint !== ineligible && endpoint !== pending);
  expect(gapNames(answer)).toEqual(expected.sort());
});
