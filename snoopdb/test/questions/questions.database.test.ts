import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  askCoverage,
  askEndpoint,
  askHits,
  askProgress,
  askUntested,
  findEndpointName,
  listAgents,
  listEndpointNames,
  listFilterValues,
} from '../../src/index.ts';
import { deleteTest, loadSmallLiveHits, loadSmallReleases, logTest, podTest } from '../support/small-releases.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadSmallReleases(database.pool);
  await loadSmallLiveHits(database.pool);
});
afterAll(() => database.drop());

describe('untested', () => {
  const ask = async (filter: Partial<Parameters<typeof askUntested>[1]> = {}) => {
    const answer = await askUntested(database.pool, { level: 'stable', eligibleOnly: true, ...filter });
    return { names: answer.endpoints.map(({ endpoint }) => endpoint), notEligible: answer.notEligible };
  };

  // The kinds in order: Pod, Widget, then what has none.
  const eligible = [
    'deleteCoreV1NamespacedPod',
    'patchCoreV1NamespacedPodResize',
    'listShopV1Widget',
    'getCodeVersion',
  ];

  test.each<[string, Partial<Parameters<typeof askUntested>[1]>, string[], number]>([
    ['stable and eligible ones of the baseline', {}, eligible, 1],
    ['those not eligible too', { eligibleOnly: false }, ['connectCoreV1GetNodeProxy', ...eligible], 0],
    ['of a kind', { kind: 'Pod' }, ['deleteCoreV1NamespacedPod', 'patchCoreV1NamespacedPodResize'], 0],
    ['of the group without a name', { group: 'core', kind: 'NodeProxyOptions' }, [], 1],
    ['of a group', { group: 'shop.k8s.io' }, ['listShopV1Widget'], 0],
    ['of a category', { category: 'version' }, ['getCodeVersion'], 0],
    ['of a level', { level: 'beta', eligibleOnly: false }, ['listShopV1beta1Widget'], 0],
    ['of another release', { release: '1.35' }, ['readCoreV1NamespacedPodLog', 'getCodeVersion'], 1],
  ])('%s', async (_what, filter, names, notEligible) => {
    expect(await ask(filter)).toEqual({ names, notEligible });
  });

  test('agrees with the view', async () => {
    const view = await database.pool.query<{ endpoint: string; eligible: boolean }>(
      'select endpoint, eligible from testing.untested_stable_endpoint order by endpoint',
    );
    const { endpoints } = await askUntested(database.pool, { level: 'stable', eligibleOnly: false });
    const asked = endpoints.map(({ endpoint, eligible: is }) => ({ endpoint, eligible: is }));
    expect(asked.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1))).toEqual(view.rows);
  });

  test('a pending endpoint is eligible and marked; an ineligible one has its reason', async () => {
    const { endpoints } = await askUntested(database.pool, { level: 'stable', eligibleOnly: false });
    const find = (name: string) => endpoints.find(({ endpoint }) => endpoint === name);
    expect(find('patchCoreV1NamespacedPodResize')).toMatchObject({ eligible: true, pending: true, reason: null });
    expect(find('connectCoreV1GetNodeProxy')).toMatchObject({
      eligible: false,
      reason: 'it cannot be tested',
      link: 'https://github.com/kubernetes/kubernetes/issues/95930',
    });
  });

  test('lists the choices', async () => {
    expect(await listFilterValues(database.pool, '1.36.0', 'kind')).toEqual(['NodeProxyOptions', 'Pod', 'Widget']);
    expect(await listFilterValues(database.pool, '1.36.0', 'group')).toEqual(['core', 'shop.k8s.io']);
    expect(await listFilterValues(database.pool, '1.36.0', 'category')).toEqual(['core', 'shop', 'version']);
  });
});

describe('coverage', () => {
  test('by level and category, with totals', async () => {
    const { release, lines, levels, total } = await askCoverage(database.pool);
    expect(release).toMatchObject({ release: '1.36.0', isBaseline: true, incomplete: null });
    expect(total).toMatchObject({ endpoints: 9, tested: 3, confTested: 3, eligible: 7, eligibleTested: 3, unknown: 0 });
    expect(levels.map(({ level, endpoints }) => [level, endpoints])).toEqual([
      ['stable', 8],
      ['beta', 1],
    ]);
    expect(lines.map(({ level, category, endpoints, tested }) => [level, category, endpoints, tested])).toEqual([
      ['stable', 'core', 6, 3],
      ['stable', 'shop', 1, 0],
      ['stable', 'version', 1, 0],
      ['beta', 'shop', 1, 0],
    ]);
  });

  test('of another release, which is reported as incomplete', async () => {
    const { release, total } = await askCoverage(database.pool, 'v1.35');
    expect(release.incomplete).toBe('its totals lie.');
    expect(total).toMatchObject({ endpoints: 8, tested: 3, confTested: 2, eligible: 5, eligibleTested: 2, unknown: 0 });
  });

  test.each([
    ['1.34', 'no_coverage', /Release 1\.34\.0 has only endpoints loaded.*snoop load coverage FILE --release 1\.34\.0/],
    [
      '1.20',
      'unknown_release',
      /Release 1\.20\.0 is not loaded \(loaded: 1\.36\.0, 1\.35\.0, 1\.34\.0\).*snoop load coverage/,
    ],
    ['soon', 'bad_release', /"soon" is not a release/],
  ])('reports %s, never zeros', async (release, code, message) => {
    await expect(askCoverage(database.pool, release)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('endpoint', () => {
  test('by its name, in any case, or by its beginning', async () => {
    const known = await listEndpointNames(database.pool);
    expect(findEndpointName('listShopV1Widget', known)).toEqual({ state: 'found', endpoint: 'listShopV1Widget' });
    expect(findEndpointName('LISTSHOPV1WIDGET', known)).toEqual({ state: 'found', endpoint: 'listShopV1Widget' });
    expect(findEndpointName('connect', known)).toEqual({ state: 'found', endpoint: 'connectCoreV1GetNodeProxy' });
    expect(findEndpointName('listexample', known)).toEqual({ state: 'found', endpoint: 'listExampleComV1alpha1Egg' });
    expect(findEndpointName('readCoreV1NamespacedPod', known).state).toBe('found');
    expect(findEndpointName('readCoreV1', known)).toEqual({
      state: 'ambiguous',
      candidates: ['readCoreV1NamespacedPod', 'readCoreV1NamespacedPodLog'],
    });
    expect(findEndpointName('nothing', known).state).toBe('unknown');
    expect(findEndpointName('', known).state).toBe('unknown');
  });

  test('with all its data', async () => {
    expect(await askEndpoint(database.pool, 'createCoreV1NamespacedPod')).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/{namespace}/pods',
      level: 'stable',
      kind: 'Pod',
      deprecated: false,
      release: { release: '1.36.0' },
      eligibility: { eligible: true, reason: null, pending: false },
      tested: true,
      confTested: true,
      first: { release: '1.8.0', unknown: null },
      tests: [
        { test: podTest, conformance: true, promotedIn: '1.9.0', file: 'test/e2e/node/pods.go' },
        { test: logTest, conformance: true, promotedIn: '1.36.0', file: 'test/e2e/node/pods.go' },
      ],
      agents: [],
      samples: [],
      reference: 'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#create-pod-v1-core',
    });
  });

  test('with its clients, and a request of each as proof', async () => {
    const answer = await askEndpoint(database.pool, 'readCoreV1NamespacedPod');
    expect(answer?.agents).toMatchObject([
      { agent: 'coredns/1.11', live: true, source: 'kind', release: '1.36.3', firstSeenAt: '2026-11-21T03:05:01Z' },
      { agent: 'kubectl/v1.36.0', live: false, source: 'https://ci.example/2', release: '1.36.0' },
    ]);
    expect(answer?.samples).toMatchObject([
      { verb: 'get', uri: '/api/v1/namespaces/a/pods/b', code: 200, agent: 'coredns/1.11', source: 'kind' },
      { verb: 'get', uri: '/api/v1/namespaces/x/pods/y', code: 200, agent: 'kubectl/v1.36.0' },
    ]);
    expect((await askEndpoint(database.pool, 'deleteCoreV1NamespacedPod'))?.agents).toMatchObject([
      { agent: 'live-test-writing', test: 'Pods go', live: true },
    ]);
  });

  test.each([
    ['new with the baseline', 'listShopV1Widget', '1.36.0', null],
    ['by the history', 'readCoreV1NamespacedPodLog', '1.10.0', null],
    ['beta, and the release before is loaded', 'listShopV1beta1Widget', '1.35.0', null],
    ['exists in the oldest', 'connectCoreV1GetNodeProxy', null, 'it exists in 1.34.0, the oldest loaded release'],
  ])('with its first release: %s', async (_what, endpoint, release, unknown) => {
    expect((await askEndpoint(database.pool, endpoint))?.first).toEqual({ release, unknown });
  });

  test('only in an older release, of a cluster, and unknown', async () => {
    expect(await askEndpoint(database.pool, 'listShopV1alpha1Widget')).toMatchObject({
      release: { release: '1.35.0' },
      eligibility: { eligible: false, reason: 'it is alpha' },
    });
    expect(await askEndpoint(database.pool, 'listExampleComV1alpha1Egg')).toMatchObject({
      release: null,
      clusters: ['kind'],
      eligibility: null,
      tested: null,
      first: { release: null, unknown: 'it is in no release that is loaded' },
      reference: null,
      agents: [{ agent: 'coredns/1.11' }],
    });
    expect(await askEndpoint(database.pool, 'nothing')).toBe(null);
  });

  test('deprecated, or of a release without coverage, is not called untested', async () => {
    expect(await askEndpoint(database.pool, 'watchCoreV1NamespacedPodList')).toMatchObject({
      deprecated: true,
      tested: null,
      eligibility: { eligible: false, reason: 'it is deprecated' },
    });
    expect(await askEndpoint(database.pool, 'getCodeVersion', '1.34')).toMatchObject({
      release: { release: '1.34.0' },
      tested: null,
      confTested: null,
    });
  });
});

describe('hits', () => {
  test('clients, ordered by endpoints', async () => {
    const agents = await listAgents(database.pool);
    expect(agents.map(({ agent, endpoints, seen }) => [agent, endpoints, ...seen])).toEqual([
      ['coredns/1.11', 4, 'live'],
      ['e2e.test', 4, 'loaded'],
      ['CoreDNS/1.9', 1, 'live'],
      ['kubectl/v1.36.0', 1, 'loaded'],
      ['live-test-writing', 1, 'live'],
    ]);
    const of = async (filter: Parameters<typeof listAgents>[1]): Promise<string[]> =>
      (await listAgents(database.pool, filter)).map(({ agent }) => agent);
    expect(await of({ source: 'old' })).toEqual(['CoreDNS/1.9']);
    expect(await of({ release: '1.34' })).toEqual(['CoreDNS/1.9']);
    expect(await of({ release: '1.35' })).toEqual(['e2e.test']);
  });

  test('endpoints of a client, with beta, deprecated and untested ones', async () => {
    const answer = await askHits(database.pool, 'coredns', { source: 'kind' });
    expect(answer.agents).toEqual(['coredns/1.11']);
    expect(answer.summary).toEqual({ endpoints: 4, beta: 1, alpha: 1, deprecated: 1, untested: 1, notInRelease: 1 });
    expect(
      answer.endpoints.map(({ endpoint, level, deprecated, tested, confTested, inRelease }) => [
        endpoint,
        level,
        deprecated,
        tested,
        confTested,
        inRelease,
      ]),
    ).toEqual([
      ['listExampleComV1alpha1Egg', 'alpha', false, null, null, false],
      ['listShopV1beta1Widget', 'beta', false, false, false, true],
      ['readCoreV1NamespacedPod', 'stable', false, true, true, true],
      ['watchCoreV1NamespacedPodList', 'stable', true, null, null, true],
    ]);
  });

  test('finds a client by its beginning, otherwise by a part, in any case', async () => {
    const agents = async (name: string): Promise<string[]> => (await askHits(database.pool, name)).agents;
    expect(await agents('COREDNS')).toEqual(['CoreDNS/1.9', 'coredns/1.11']);
    expect(await agents('test')).toEqual(['e2e.test', 'live-test-writing']);
    expect(await agents('v1.36')).toEqual(['kubectl/v1.36.0']);
    expect(await agents('%')).toEqual([]);
  });
});

test('progress: new endpoints, tests and debt, and which releases are not loaded', async () => {
  const { baseline, releases, notLoaded, history } = await askProgress(database.pool);
  expect(baseline?.release).toBe('1.36.0');
  expect(history).toEqual({ origin: 'a history made for tests', newestRelease: '1.36.0' });
  const figures = releases.map(({ release, newEndpoints, newTested, oldTested, total, totalTested, debt }) => [
    release,
    newEndpoints,
    newTested,
    oldTested,
    total,
    totalTested,
    debt,
  ]);
  expect(figures).toEqual([
    ['1.8.0', 4, 0, 0, 4, 0, 4],
    ['1.9.0', 0, 0, 2, 4, 2, 2],
    ['1.10.0', 1, 0, 0, 5, 2, 3],
    ['1.34.0', 0, 0, 0, 5, 2, 3],
    ['1.35.0', 0, 0, 0, 5, 2, 3],
    ['1.36.0', 2, 0, 1, 7, 3, 4],
  ]);
  expect(notLoaded).toEqual(['1.8.0', '1.9.0', '1.10.0', '1.34.0']);
});

test('reports a database without releases, with advice', async () => {
  const empty = await createTestDatabase();
  try {
    await expect(askCoverage(empty.pool)).rejects.toMatchObject({
      code: 'no_baseline',
      message: expect.stringContaining('snoop load baseline'),
    });
    expect((await askProgress(empty.pool)).releases).toEqual([]);
    expect(await listAgents(empty.pool)).toEqual([]);
  } finally {
    await empty.drop();
  }
});

test('marks a name that the API server truncated', async () => {
  await database.pool.query(`
    insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit, test_cut) values
      ('1.35.0', 'a run', 'getCodeVersion', 'e2e.test/v1.35.0', '[sig-api] Version should be to', true, false, true)`);
  expect(await askEndpoint(database.pool, 'getCodeVersion', '1.35')).toMatchObject({
    tested: true,
    confTested: false,
    tests: [{ test: '[sig-api] Version should be to', cut: true, conformance: false }],
  });
});

test('uses the tests of an older release for that release', async () => {
  const answer = await askEndpoint(database.pool, 'deleteCoreV1NamespacedPod', '1.35');
  expect(answer).toMatchObject({ tested: true, confTested: false, tests: [{ test: deleteTest, promotedIn: null }] });
});
