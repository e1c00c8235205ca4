import type { Pool } from '../../src/index.ts';

interface SmallEndpoint {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly level?: 'stable' | 'beta' | 'alpha';
  readonly category?: string;
  readonly group?: string | null;
  readonly kind?: string | null;
  readonly deprecated?: boolean;
}

const pods = '/api/v1/namespaces/{namespace}/pods';
const widgets = '/apis/shop.k8s.io/v1beta1/widgets';

const ofBoth: readonly SmallEndpoint[] = [
  { endpoint: 'createCoreV1NamespacedPod', method: 'POST', path: pods, kind: 'Pod' },
  { endpoint: 'deleteCoreV1NamespacedPod', method: 'DELETE', path: `${pods}/{name}`, kind: 'Pod' },
  { endpoint: 'readCoreV1NamespacedPod', method: 'GET', path: `${pods}/{name}`, kind: 'Pod' },
  { endpoint: 'readCoreV1NamespacedPodLog', method: 'GET', path: `${pods}/{name}/log`, kind: 'Pod' },
  {
    endpoint: 'connectCoreV1GetNodeProxy',
    method: 'GET',
    path: '/api/v1/nodes/{name}/proxy',
    kind: 'NodeProxyOptions',
  },
  {
    endpoint: 'watchCoreV1NamespacedPodList',
    method: 'GET',
    path: '/api/v1/watch/namespaces/{namespace}/pods',
    deprecated: true,
  },
  { endpoint: 'getCodeVersion', method: 'GET', path: '/version/', category: 'version', group: null, kind: null },
  {
    endpoint: 'listShopV1beta1Widget',
    method: 'GET',
    path: widgets,
    level: 'beta',
    category: 'shop',
    group: 'shop.k8s.io',
    kind: 'Widget',
  },
];
const of135: readonly SmallEndpoint[] = [
  {
    endpoint: 'listShopV1alpha1Widget',
    method: 'GET',
    path: '/apis/shop.k8s.io/v1alpha1/widgets',
    level: 'alpha',
    category: 'shop',
    group: 'shop.k8s.io',
    kind: 'Widget',
  },
];
const of136: readonly SmallEndpoint[] = [
  {
    endpoint: 'listShopV1Widget',
    method: 'GET',
    path: '/apis/shop.k8s.io/v1/widgets',
    category: 'shop',
    group: 'shop.k8s.io',
    kind: 'Widget',
  },
  { endpoint: 'patchCoreV1NamespacedPodResize', method: 'PATCH', path: `${pods}/{name}/resize`, kind: 'Pod' },
];

export const podTest = '[sig-node] Pods should be made and read [Conformance]';
export const deleteTest = '[sig-node] Pods should be deleted';
export const logTest = '[sig-node] Pods should have a log [Conformance]';

const hits: readonly (readonly [release: string, endpoint: string, test: string])[] = [
  ['1.35.0', 'createCoreV1NamespacedPod', podTest],
  ['1.35.0', 'createCoreV1NamespacedPod', deleteTest],
  ['1.35.0', 'readCoreV1NamespacedPod', podTest],
  ['1.35.0', 'deleteCoreV1NamespacedPod', deleteTest],
  ['1.36.0', 'createCoreV1NamespacedPod', podTest],
  ['1.36.0', 'createCoreV1NamespacedPod', logTest],
  ['1.36.0', 'readCoreV1NamespacedPod', podTest],
  ['1.36.0', 'readCoreV1NamespacedPodLog', logTest],
];

/**
 * Two releases so small that every answer can be calculated by hand; 1.36.0 is the baseline. 1.34.0 has only endpoints:
 * those of 1.35.0 without the beta and alpha ones.
 */
export async function loadSmallReleases(pool: Pool): Promise<void> {
  await pool.query(`
    insert into public.release_data (release, release_date, origin, coverage_origin, incomplete, sources) values
      ('1.34.0', '2025-08-27', 'a document made for tests', null, null, '{}'),
      ('1.35.0', '2025-12-17', 'a document made for tests', 'coverage made for tests', 'its totals lie.', '{https://ci.example/1}'),
      ('1.36.0', '2026-04-22 06:47:56', 'a document made for tests', 'coverage made for tests', null,
       '{https://ci.example/2,https://ci.example/3}');
    insert into conformance.list (what, release, origin)
      select what, '1.36.0', 'a list made for tests' from unnest(array['tests', 'ineligible', 'pending']) as what;
    insert into conformance.listed_ineligible values
      ('1.36.0', 'connectCoreV1GetNodeProxy', 'it cannot be tested', 'https://github.com/kubernetes/kubernetes/issues/95930');
    insert into conformance.listed_pending values ('1.36.0', 'patchCoreV1NamespacedPodResize');
    insert into conformance.history_data (origin, newest_release) values ('a history made for tests', '1.36.0');
    insert into conformance.endpoint_history values
      ('createCoreV1NamespacedPod', '1.8.0', '1.9.0'), ('readCoreV1NamespacedPod', '1.8.0', '1.9.0'),
      ('deleteCoreV1NamespacedPod', '1.8.0', null), ('readCoreV1NamespacedPodLog', '1.10.0', '1.36.0'),
      ('getCodeVersion', '1.8.0', null);`);
  await loadEndpoints(
    pool,
    '1.34.0',
    ofBoth.filter(({ level }) => level === undefined),
  );
  await loadEndpoints(pool, '1.35.0', [...ofBoth, ...of135]);
  await loadEndpoints(pool, '1.36.0', [...ofBoth, ...of136]);
  for (const [test, promotedIn] of [
    [podTest, '1.9.0'],
    [logTest, '1.36.0'],
  ] as const) {
    await pool.query(
      `insert into conformance.listed_test (release, codename, testname, promotion, promoted_in, file)
       values ('1.36.0', $1, $1, $2, $2, 'test/e2e/node/pods.go')`,
      [test, promotedIn],
    );
  }
  for (const [release, endpoint, test] of hits) {
    await pool.query(
      `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
       values ($1, 'coverage file', $2, 'e2e.test', $3, true, $4)`,
      [release, endpoint, test, test.includes('[Conformance]')],
    );
    if (test === deleteTest) continue;
    await pool.query(
      `insert into conformance.endpoint_history_test select $1, $2, $2, 'test/e2e/node/pods.go', $3
        where exists (select from conformance.endpoint_history where endpoint = $1) on conflict do nothing`,
      [endpoint, test, test === podTest ? '1.9.0' : '1.36.0'],
    );
  }
}

async function loadEndpoints(pool: Pool, release: string, endpoints: readonly SmallEndpoint[]): Promise<void> {
  for (const {
    endpoint,
    method,
    path,
    level = 'stable',
    category = 'core',
    group = '',
    kind = null,
    deprecated = false,
  } of endpoints) {
    const version = /v\d+(?:(?:alpha|beta)\d+)?(?=\/)/.exec(path)?.[0] ?? null;
    await pool.query(
      `insert into public.open_api (release, release_date, endpoint, level, category, path, k8s_group, k8s_version,
         k8s_kind, k8s_action, deprecated, description, spec, method)
       select $1, release_date, $2, $3, $4, $5, $6, $7, $8, lower($9), $10, $11, 'made for tests', $9
         from public.release_data where release = $1`,
      [
        release,
        endpoint,
        level,
        category,
        path,
        group,
        kind === null ? null : version,
        kind,
        method,
        deprecated,
        `about ${endpoint}`,
      ],
    );
  }
}

/** What a cluster saw: coredns, and a live test. */
export async function loadSmallLiveHits(pool: Pool): Promise<void> {
  await pool.query(`
    insert into testing.cluster (source, version, digest, revision) values ('kind', '1.36.3', 'made for tests', 1);
    insert into testing.cluster_endpoint (source, endpoint, method, path, level, category, deprecated, description) values
      ('kind', 'listExampleComV1alpha1Egg', 'GET', '/apis/example.com/v1alpha1/eggs', 'alpha', 'exampleCom', false, 'list eggs');
    insert into testing.endpoint_hit
        (source, release, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at, sample_verb, sample_uri, sample_code)
      values
      ('kind', '1.36.3', 'readCoreV1NamespacedPod', 'coredns/1.11', null, false, false, '2026-11-21T03:05:01Z', 'get', '/api/v1/namespaces/a/pods/b', 200),
      ('kind', '1.36.3', 'listShopV1beta1Widget', 'coredns/1.11', null, false, false, '2026-11-21T03:05:02Z', 'list', '/apis/shop.k8s.io/v1beta1/widgets?limit=500', 200),
      ('kind', '1.36.3', 'watchCoreV1NamespacedPodList', 'coredns/1.11', null, false, false, '2026-11-21T03:05:03Z', 'watch', '/api/v1/watch/namespaces/a/pods', 200),
      ('kind', '1.36.3', 'listExampleComV1alpha1Egg', 'coredns/1.11', null, false, false, '2026-11-21T03:05:04Z', 'list', '/apis/example.com/v1alpha1/eggs', 200),
      ('old', '1.34.1', 'getCodeVersion', 'CoreDNS/1.9', null, false, false, '2026-11-20T03:05:04Z', 'get', '/version', 200),
      ('kind', '1.36.3', 'deleteCoreV1NamespacedPod', 'live-test-writing', 'Pods go', false, false, '2026-11-21T03:06:00Z', 'delete', '/api/v1/namespaces/a/pods/b', 200);
    insert into public.endpoint_hit
        (release, source, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at, sample_verb, sample_uri, sample_code)
      values
      ('1.36.0', 'https://ci.example/2', 'readCoreV1NamespacedPod', 'kubectl/v1.36.0', null, false, false, '2026-04-01T00:00:00Z', 'get', '/api/v1/namespaces/x/pods/y', 200);`);
}
