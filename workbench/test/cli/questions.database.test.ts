import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSmallLiveHits, loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, test } from 'vitest';
import { command as coverage } from '../../src/cli/coverage.ts';
import { command as endpoint } from '../../src/cli/endpoint.ts';
import { command as hits } from '../../src/cli/hits.ts';
import { command as untested } from '../../src/cli/untested.ts';
import { SnoopError } from '../../src/errors.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

let url: string;
beforeAll(async () => {
  const database = await makeDatabase();
  url = database.url;
  await loadSmallReleases(database.pool);
  await loadSmallLiveHits(database.pool);
});

const print = async (...[command, ...args]: [Parameters<typeof ask>[0], ...string[]]): Promise<string> => {
  const { exitCode, stdout, stderr } = await ask(command, url, ...args);
  return `\n${stdout}${stderr === '' ? '' : `stderr: ${stderr}`}exit ${exitCode}`;
};

describe('snoop untested', () => {
  test('as text', async () => {
    expect(await print(untested)).toMatchInlineSnapshot(`
      "
      Release      1.36.0 of 2026-04-22; coverage made for tests and coverage file
      Untested     4 endpoints, and 1 that cannot have a conformance test (--all)
      Conformance  3 of 7 eligible endpoints are conformance tested

      ENDPOINT                        KIND    PATH
      deleteCoreV1NamespacedPod       Pod     /api/v1/namespaces/{namespace}/pods/{name}
      patchCoreV1NamespacedPodResize  Pod     /api/v1/namespaces/{namespace}/pods/{name}/resize  its conformance test is pending
      listShopV1Widget                Widget  /apis/shop.k8s.io/v1/widgets
      getCodeVersion                  -       /version/

      Start a test  snoop new deleteCoreV1NamespacedPod
      exit 0"
    `);
    expect(await print(untested, '--all', '--category', 'CORE')).toMatchInlineSnapshot(`
      "
      Release      1.36.0 of 2026-04-22; coverage made for tests and coverage file
      Untested     3 endpoints
      Conformance  3 of 5 eligible endpoints are conformance tested

      ENDPOINT                        KIND              PATH                                               ELIGIBLE
      connectCoreV1GetNodeProxy       NodeProxyOptions  /api/v1/nodes/{name}/proxy                         no        it cannot be tested (https://github.com/kubernetes/kubernetes/issues/95930)
      deleteCoreV1NamespacedPod       Pod               /api/v1/namespaces/{namespace}/pods/{name}         yes
      patchCoreV1NamespacedPodResize  Pod               /api/v1/namespaces/{namespace}/pods/{name}/resize  yes       its conformance test is pending

      Start a test  snoop new connectCoreV1GetNodeProxy
      exit 0"
    `);
  });

  test('as CSV and Markdown', async () => {
    expect(await print(untested, '--kind', 'Widget', '--level', 'any', '--output', 'csv')).toMatchInlineSnapshot(`
      "
      endpoint,method,path,level,category,group,version,kind,action,eligible,reason,link,pending
      listShopV1Widget,GET,/apis/shop.k8s.io/v1/widgets,stable,shop,shop.k8s.io,v1,Widget,get,true,,,false
      listShopV1beta1Widget,GET,/apis/shop.k8s.io/v1beta1/widgets,beta,shop,shop.k8s.io,v1beta1,Widget,get,false,it is beta,,false
      exit 0"
    `);
    expect(await print(untested, '--group', 'core', '--all', '--output', 'markdown')).toMatchInlineSnapshot(`
      "
      - **Release**: 1.36.0 of 2026-04-22; coverage made for tests and coverage file
      - **Untested**: 3 endpoints
      - **Conformance**: 3 of 5 eligible endpoints are conformance tested

      | endpoint | kind | path | eligible |  |
      | --- | --- | --- | --- | --- |
      | connectCoreV1GetNodeProxy | NodeProxyOptions | /api/v1/nodes/{name}/proxy | no | it cannot be tested (https://github.com/kubernetes/kubernetes/issues/95930) |
      | deleteCoreV1NamespacedPod | Pod | /api/v1/namespaces/{namespace}/pods/{name} | yes |  |
      | patchCoreV1NamespacedPodResize | Pod | /api/v1/namespaces/{namespace}/pods/{name}/resize | yes | its conformance test is pending |

      - **Start a test**: snoop new connectCoreV1GetNodeProxy
      exit 0"
    `);
  });

  test('as JSON', async () => {
    expect(await print(untested, '--group', 'shop.k8s.io', '--output', 'json')).toMatchInlineSnapshot(`
      "
      {
        "release": "1.36.0",
        "releaseDate": "2026-04-22",
        "coverageOrigin": "coverage made for tests and coverage file",
        "incomplete": null,
        "notEligible": 0,
        "conformance": {
          "eligible": 1,
          "tested": 0,
          "unknown": 0,
          "e2eOnly": []
        },
        "otherLevels": [
          {
            "level": "beta",
            "untested": 1
          },
          {
            "level": "alpha",
            "untested": 0
          }
        ],
        "endpoints": [
          {
            "endpoint": "listShopV1Widget",
            "method": "GET",
            "path": "/apis/shop.k8s.io/v1/widgets",
            "level": "stable",
            "category": "shop",
            "group": "shop.k8s.io",
            "version": "v1",
            "kind": "Widget",
            "action": "get",
            "eligible": true,
            "reason": null,
            "link": null,
            "pending": false
          }
        ],
        "unknown": []
      }
      exit 0"
    `);
  });

  test('an empty answer names options that find untested endpoints', async () => {
    expect(await print(untested, '--kind', 'NodeProxyOptions')).toMatchInlineSnapshot(`
      "
      Release   1.36.0 of 2026-04-22; coverage made for tests and coverage file
      Untested  none: there are no stable endpoints of kind NodeProxyOptions that can have a conformance test
      Others    1 that cannot have a conformance test (--all)
      exit 0"
    `);
    expect(await print(untested, '--level', 'alpha', '--output', 'csv')).toMatchInlineSnapshot(`
      "
      endpoint,method,path,level,category,group,version,kind,action,eligible,reason,link,pending
      stderr: Note: nothing is untested: there are no alpha endpoints
      Note: others: 4 stable (--level stable), 1 beta (--level beta)
      exit 0"
    `);
  });

  test.each([
    [['--kind', 'pot'], "1.36.0 has no kind 'pot'.", 'Pod'],
    [['--group', 'shop'], "1.36.0 has no group 'shop'.", 'shop.k8s.io'],
    [['--category', 'cor'], "1.36.0 has no category 'cor'.", 'core'],
    [['--level', 'gamma'], "--level takes stable, beta, alpha or any, not 'gamma'.", ''],
    [['--all', '--eligible'], '--all cannot be used with --eligible.', '--help'],
  ])('%j: wrong use, with a suggestion', async (args, message, advice) => {
    await expect(ask(untested, url, ...args)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
      advice: advice === '' ? [] : [expect.stringContaining(advice)],
    });
  });

  test('refuses an invalid release and one without coverage', async () => {
    await expect(ask(untested, url, '--release', 'next')).rejects.toMatchObject({ code: 'bad_release' });
    await expect(ask(untested, url, '--release', '1.34')).rejects.toMatchObject({ code: 'no_coverage' });
  });
});

describe('snoop endpoint', () => {
  test('as text', async () => {
    expect(await print(endpoint, 'readcorev1namespacedpod')).toMatchInlineSnapshot(`
      "
      Endpoint     readCoreV1NamespacedPod
      Request      GET /api/v1/namespaces/{namespace}/pods/{name}
      Call         await core.readNamespacedPod({ namespace, name })
      Client       const core = cluster.client(CoreV1Api);
      Import       import { CoreV1Api } from '@kubernetes/client-node';
      Kind         Pod, core/v1
      Level        stable
      Eligible     yes
      Tested       yes, by 1 test, 1 conformance test among them
      Conformance  tested, by 1 conformance test
      Since        1.8.0
      About        about readCoreV1NamespacedPod
      Reference    https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#read-pod-v1-core
      As of        1.36.0, the baseline

      Tests
      TEST                                                   CONFORMANCE  PROMOTED IN  FILE
      [sig-node] Pods should be made and read [Conformance]  yes          1.9.0        test/e2e/node/pods.go

      Clients
      CLIENT           TEST  SEEN    SOURCE                RELEASE  FIRST SEEN
      coredns/1.11     -     live    kind                  1.36.3   2026-11-21T03:05:01Z
      kubectl/v1.36.0  -     loaded  https://ci.example/2  1.36.0   2026-04-01T00:00:00Z

      Sample requests
      VERB  REQUEST                      ANSWER  CLIENT
      get   /api/v1/namespaces/a/pods/b     200  coredns/1.11
      get   /api/v1/namespaces/x/pods/y     200  kubectl/v1.36.0

      Start a test  snoop new readCoreV1NamespacedPod
      exit 0"
    `);
    expect(await print(endpoint, 'connect')).toMatchInlineSnapshot(`
      "
      Endpoint   connectCoreV1GetNodeProxy
      Request    GET /api/v1/nodes/{name}/proxy
      Call       await core.connectGetNodeProxy({ name })
      Client     const core = cluster.client(CoreV1Api);
      Import     import { CoreV1Api } from '@kubernetes/client-node';
      Kind       NodeProxyOptions, core/v1
      Level      stable
      Eligible   no: it cannot be tested (https://github.com/kubernetes/kubernetes/issues/95930)
      Tested     no
      Since      unknown: it exists in 1.34.0, the oldest loaded release
      About      about connectCoreV1GetNodeProxy
      Reference  https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/
      As of      1.36.0, the baseline

      Start a test  snoop new connectCoreV1GetNodeProxy
      exit 0"
    `);
  });

  test('as CSV', async () => {
    expect(await print(endpoint, 'listExample', '--output', 'csv')).toMatchInlineSnapshot(`
      "
      endpoint,method,path,level,category,group,version,kind,action,deprecated,eligible,reason,link,pending,tested,confTested,firstRelease,tests,clients,reference
      listExampleComV1alpha1Egg,GET,/apis/example.com/v1alpha1/eggs,alpha,exampleCom,,,,,false,,,,,,,,0,1,
      exit 0"
    `);
  });

  test('as JSON', async () => {
    const { stdout } = await ask(endpoint, url, 'createCoreV1NamespacedPod', '--output', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      endpoint: 'createCoreV1NamespacedPod',
      release: { release: '1.36.0', incomplete: null },
      eligible: true,
      tested: true,
      firstRelease: { release: '1.8.0', unknown: null },
      tests: [
        { conformance: true, promotedIn: '1.9.0' },
        { conformance: true, promotedIn: '1.36.0' },
      ],
    });
  });

  test('accepts a kind, a resource, a path, a verb and a path', async () => {
    expect(await print(endpoint, 'pod')).toMatchInlineSnapshot(`
      "
      Kind pod: 5 endpoints
      ENDPOINT                        METHOD  PATH                                               LEVEL   E2E  CONFORMANCE
      createCoreV1NamespacedPod       POST    /api/v1/namespaces/{namespace}/pods                stable  yes  yes
      deleteCoreV1NamespacedPod       DELETE  /api/v1/namespaces/{namespace}/pods/{name}         stable  no   no
      readCoreV1NamespacedPod         GET     /api/v1/namespaces/{namespace}/pods/{name}         stable  yes  yes
      readCoreV1NamespacedPodLog      GET     /api/v1/namespaces/{namespace}/pods/{name}/log     stable  yes  yes
      patchCoreV1NamespacedPodResize  PATCH   /api/v1/namespaces/{namespace}/pods/{name}/resize  stable  no   no

      Start a test  snoop new createCoreV1NamespacedPod
      exit 0"
    `);
    expect(await print(endpoint, 'WIDGETS', '--output', 'csv')).toMatchInlineSnapshot(`
      "
      endpoint,method,path,level,tested,confTested,deprecated
      listShopV1Widget,GET,/apis/shop.k8s.io/v1/widgets,stable,false,false,false
      listShopV1beta1Widget,GET,/apis/shop.k8s.io/v1beta1/widgets,beta,false,false,false
      exit 0"
    `);
    expect(await print(endpoint, '/api/v1/namespaces/default/pods/one?watch=1')).toMatchInlineSnapshot(`
      "
      /api/v1/namespaces/default/pods/one?watch=1: 2 endpoints
      ENDPOINT                   METHOD  PATH                                        LEVEL   E2E  CONFORMANCE
      deleteCoreV1NamespacedPod  DELETE  /api/v1/namespaces/{namespace}/pods/{name}  stable  no   no
      readCoreV1NamespacedPod    GET     /api/v1/namespaces/{namespace}/pods/{name}  stable  yes  yes

      Start a test  snoop new deleteCoreV1NamespacedPod
      exit 0"
    `);
    for (const asked of [
      ['GET', '/api/v1/namespaces/{ns}/pods/{name}'],
      ['get /api/v1/namespaces/default/pods/one?x=y'],
      ['GET', 'https://127.0.0.1:6443/api/v1/namespaces/default/pods/one'],
    ]) {
      expect((await ask(endpoint, url, ...asked)).stdout).toContain('Endpoint     readCoreV1NamespacedPod\n');
    }
  });

  test('suggests only similar names', async () => {
    expect(await print(endpoint, 'foo')).toMatchInlineSnapshot(`
      "
      stderr: There is no endpoint 'foo'. A kind (Pod) or a path (/api/v1/pods) finds its endpoints; 'snoop untested' lists some.
      exit 1"
    `);
    expect(await print(endpoint, 'Widgte')).toMatchInlineSnapshot(`
      "
      stderr: There is no endpoint 'Widgte'. Did you mean 'Widget'?
      exit 1"
    `);
    expect(await print(endpoint, 'list', '/api/v1/namespaces/default/pod')).toMatchInlineSnapshot(`
      "
      stderr: No endpoint serves list /api/v1/namespaces/default/pod. Did you mean:
        POST /api/v1/namespaces/{namespace}/pods (createCoreV1NamespacedPod)
        GET /api/v1/namespaces/{namespace}/pods/{name} (readCoreV1NamespacedPod)
        GET /api/v1/nodes/{name}/proxy (connectCoreV1GetNodeProxy)
        DELETE /api/v1/namespaces/{namespace}/pods/{name} (deleteCoreV1NamespacedPod)
        GET /api/v1/watch/namespaces/{namespace}/pods (watchCoreV1NamespacedPodList)
      exit 1"
    `);
    expect(await print(endpoint, '/etc/passwd')).toMatchInlineSnapshot(`
      "
      stderr: No endpoint serves /etc/passwd.
      exit 1"
    `);
  });

  test('reports an unknown, an ambiguous, and a missing endpoint', async () => {
    expect(await print(endpoint, 'readCoreV1NamespacedPot')).toMatchInlineSnapshot(`
      "
      stderr: There is no endpoint 'readCoreV1NamespacedPot'. Did you mean 'readCoreV1NamespacedPod', 'createCoreV1NamespacedPod' or 'readCoreV1NamespacedPodLog'?
      exit 1"
    `);
    expect(await print(endpoint, 'readCore')).toMatchInlineSnapshot(`
      "
      stderr: 'readCore' is a prefix of 2 endpoints:
        readCoreV1NamespacedPod
        readCoreV1NamespacedPodLog
      exit 1"
    `);
    expect((await ask(endpoint, url, 'listShopV1Widget', '--release', '1.35')).stderr).toMatchInlineSnapshot(`
      "1.35 has no such endpoint; this is 1.36.0.
      "
    `);
  });

  test.each([[[]], [['a', 'b']]])('%j: wrong use', async (args) => {
    await expect(ask(endpoint, url, ...args)).rejects.toMatchObject({ exitCode: 2, code: 'wrong_use' });
  });
});

describe('snoop hits', () => {
  test('as text', async () => {
    expect(await print(hits)).toMatchInlineSnapshot(`
      "
      ENDPOINTS  SEEN    SOURCES  FIRST SEEN            CLIENT
              4  live          1  2026-11-21T03:05:01Z  coredns/1.11
              4  loaded        1  -                     e2e.test
              1  live          1  2026-11-20T03:05:04Z  CoreDNS/1.9
              1  loaded        1  2026-04-01T00:00:00Z  kubectl/v1.36.0
              1  live          1  2026-11-21T03:06:00Z  live-test-writing
      exit 0"
    `);
    expect(await print(hits, '--agent', 'coredns', '--source', 'kind')).toMatchInlineSnapshot(`
      "
      Release  1.36.0 of 2026-04-22; coverage made for tests and coverage file
      Client   coredns/1.11
      Uses     4 endpoints: 1 beta, 1 alpha, 1 deprecated, 1 untested, 1 not in 1.36.0

      ENDPOINT                      LEVEL   DEPRECATED  E2E  CONFORMANCE  FIRST SEEN
      listExampleComV1alpha1Egg     alpha   no          -    -            2026-11-21T03:05:04Z
      listShopV1beta1Widget         beta    no          no   no           2026-11-21T03:05:02Z
      readCoreV1NamespacedPod       stable  no          yes  yes          2026-11-21T03:05:01Z
      watchCoreV1NamespacedPodList  stable  yes         -    -            2026-11-21T03:05:03Z
      exit 0"
    `);
  });

  test('as CSV and JSON', async () => {
    expect(await print(hits, '--agent', 'kubectl', '--output', 'csv')).toMatchInlineSnapshot(`
      "
      endpoint,level,deprecated,tested,confTested,firstSeenAt,inRelease,agents,sources
      readCoreV1NamespacedPod,stable,false,true,true,2026-04-01T00:00:00Z,true,kubectl/v1.36.0,https://ci.example/2
      exit 0"
    `);
    const { stdout } = await ask(hits, url, '--agent', 'coredns', '--output', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      release: '1.36.0',
      agents: ['CoreDNS/1.9', 'coredns/1.11'],
      summary: { endpoints: 5, beta: 1, alpha: 1, deprecated: 1, untested: 2, notInRelease: 1 },
    });
  });

  test('refuses an unknown source', async () => {
    await expect(ask(hits, url, '--source', 'knid')).rejects.toMatchObject({
      exitCode: 2,
      message: "SnoopDB has no source 'knid'.",
      advice: [expect.stringContaining('kind')],
    });
  });

  test('reports an unknown client', async () => {
    expect(await print(hits, '--agent', 'kubelet')).toMatchInlineSnapshot(`
      "
      stderr: No client 'kubelet' was seen. 'snoop hits' lists all clients.
      exit 1"
    `);
  });

  test('says where else a client was seen', async () => {
    expect(await print(hits, '--agent', 'live-test', '--release', '1.35')).toMatchInlineSnapshot(`
      "
      stderr: 'live-test' was seen, but in 1.36.3: not in 1.35.
      exit 1"
    `);
    expect(await print(hits, '--agent', 'coredns/1.11', '--source', 'old')).toMatchInlineSnapshot(`
      "
      stderr: 'coredns/1.11' was seen, but in 1.36.3, from kind: not from old.
      exit 1"
    `);
  });

  test('warns of user agents that resemble test agents', async () => {
    const odd = await makeDatabase();
    await loadSmallReleases(odd.pool);
    await odd.pool.query(
      `insert into testing.endpoint_hit (source, release, endpoint, useragent, test_hit, conf_test_hit)
       select 'kind', '1.36.3', 'readCoreV1NamespacedPod', agent, false, false
         from unnest('{Live-Test,live_test,livenessprobe/1.0,live-test-too,E2E.test/v1}'::text[]) as agent`,
    );
    const results = await Promise.all([
      ask(hits, odd.url),
      ask(hits, odd.url, '--agent', 'live-test'),
      ask(hits, odd.url, '--agent', 'livenessprobe'),
      ask(hits, odd.url, '--agent', 'coredns'),
    ]);
    expect(results.map(({ stderr }) => stderr.match(/'[^']+' is not a test agent/g))).toEqual([
      ["'E2E.test/v1' is not a test agent", "'Live-Test' is not a test agent", "'live_test' is not a test agent"],
      ["'E2E.test/v1' is not a test agent", "'Live-Test' is not a test agent", "'live_test' is not a test agent"],
      null,
      null,
    ]);
  });
});

describe('snoop coverage', () => {
  test('as text, Markdown and CSV', async () => {
    expect(await print(coverage)).toMatchInlineSnapshot(`
      "
      Release      1.36.0 of 2026-04-22; coverage made for tests and coverage file
      Tested       3 of 9 (33.3 %) endpoints
      Conformance  3 of 9 (33.3 %) endpoints are conformance tested
      Eligible     3 of 7 (42.9 %) are conformance tested

      LEVEL   CATEGORY  ENDPOINTS  TESTED  CONFORMANCE TESTED  ELIGIBLE  ELIGIBLE CONFORMANCE TESTED
      stable  core              6       3                   3         5                            3
      stable  shop              1       0                   0         1                            0
      stable  version           1       0                   0         1                            0
      stable  all               8       3                   3         7                            3
      beta    shop              1       0                   0         0                            0
      beta    all               1       0                   0         0                            0
      all     all               9       3                   3         7                            3
      exit 0"
    `);
    expect(await print(coverage, '--release', '1.35', '--output', 'markdown')).toMatchInlineSnapshot(`
      "
      - **Release**: 1.35.0 of 2025-12-17; coverage made for tests and coverage file
      - **Note**: the data of 1.35.0 is incomplete: its totals lie.
      - **Tested**: 3 of 8 (37.5 %) endpoints
      - **Conformance**: 2 of 8 (25.0 %) endpoints are conformance tested
      - **Eligible**: 2 of 5 (40.0 %) are conformance tested

      | level | category | endpoints | tested | conformance tested | eligible | eligible conformance tested |
      | --- | --- | ---: | ---: | ---: | ---: | ---: |
      | stable | core | 5 | 3 | 2 | 4 | 2 |
      | stable | version | 1 | 0 | 0 | 1 | 0 |
      | stable | all | 6 | 3 | 2 | 5 | 2 |
      | beta | shop | 1 | 0 | 0 | 0 | 0 |
      | beta | all | 1 | 0 | 0 | 0 | 0 |
      | alpha | shop | 1 | 0 | 0 | 0 | 0 |
      | alpha | all | 1 | 0 | 0 | 0 | 0 |
      | all | all | 8 | 3 | 2 | 5 | 2 |
      exit 0"
    `);
    expect(await print(coverage, '--output', 'csv')).toMatchInlineSnapshot(`
      "
      level,category,endpoints,tested,confTested,eligible,eligibleTested,unknown
      stable,core,6,3,3,5,3,0
      stable,shop,1,0,0,1,0,0
      stable,version,1,0,0,1,0,0
      stable,all,8,3,3,7,3,0
      beta,shop,1,0,0,0,0,0
      beta,all,1,0,0,0,0,0
      all,all,9,3,3,7,3,0
      exit 0"
    `);
  });

  test('says in every format that a release is incomplete', async () => {
    const csv = await ask(coverage, url, '--release', '1.35', '--output', 'csv');
    expect(csv.stderr).toBe('Note: the data of 1.35.0 is incomplete: its totals lie.\n');
    const { stdout } = await ask(coverage, url, '--release', '1.35', '--output', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ release: '1.35.0', incomplete: 'its totals lie.' });
    const none = await ask(untested, url, '--release', '1.35', '--kind', 'Widget');
    expect(none.stdout).toContain('the data of 1.35.0 is incomplete: its totals lie.');
  });

  test('diff', async () => {
    expect(await print(coverage, 'diff', '1.35', '1.36')).toMatchInlineSnapshot(`
      "
      Before  1.35 (1.35.0): 3 of 8 endpoints tested; coverage made for tests and coverage file
      Note    the data of 1.35.0 is incomplete: its totals lie.
      After   1.36 (1.36.0): 3 of 9 endpoints tested; coverage made for tests and coverage file

      Lost: 1 endpoint
      ENDPOINT                   LEVEL   WHAT    TEST
      deleteCoreV1NamespacedPod  stable  tested  [sig-node] Pods should be deleted (removed)

      Gained: 1 endpoint
      ENDPOINT                    LEVEL   WHAT    TEST
      readCoreV1NamespacedPodLog  stable  tested  [sig-node] Pods should have a log [Conformance] (new)

      New: 2 endpoints
      ENDPOINT                        LEVEL   TESTED  CONFORMANCE
      listShopV1Widget                stable  no      no
      patchCoreV1NamespacedPodResize  stable  no      no

      Removed: 1 endpoint
      ENDPOINT                LEVEL  TESTED  CONFORMANCE
      listShopV1alpha1Widget  alpha  no      no

      With a single test: 2 endpoints
      ENDPOINT                    LEVEL   TEST
      readCoreV1NamespacedPod     stable  [sig-node] Pods should be made and read [Conformance]
      readCoreV1NamespacedPodLog  stable  [sig-node] Pods should have a log [Conformance]
      exit 0"
    `);
    expect(await print(coverage, 'diff', '1.35', '1.36', '--output', 'csv')).toMatchInlineSnapshot(`
      "
      change,endpoint,level,category,what,test
      lost,deleteCoreV1NamespacedPod,stable,core,tested,[sig-node] Pods should be deleted
      gained,readCoreV1NamespacedPodLog,stable,core,tested,[sig-node] Pods should have a log [Conformance]
      new,listShopV1Widget,stable,shop,untested,
      new,patchCoreV1NamespacedPodResize,stable,core,untested,
      removed,listShopV1alpha1Widget,alpha,shop,untested,
      single test,readCoreV1NamespacedPod,stable,core,tested,[sig-node] Pods should be made and read [Conformance]
      single test,readCoreV1NamespacedPodLog,stable,core,tested,[sig-node] Pods should have a log [Conformance]
      stderr: Note: the data of 1.35.0 is incomplete: its totals lie.
      exit 0"
    `);
  });

  test('diff with a file and with a source', async () => {
    const file = join(await makeFolder(), 'mine.json');
    await writeFile(
      file,
      JSON.stringify({
        release: '1.36.0',
        endpoints: [
          {
            endpoint: 'getCodeVersion',
            path: '/version/',
            level: 'stable',
            category: 'version',
            tested: true,
            conf_tested: false,
            tests: [null],
          },
        ],
      }),
    );
    const { stdout } = await ask(coverage, url, 'diff', '1.36@coverage file', file, '--output', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      before: { release: '1.36.0', origin: 'coverage file', endpoints: 9, tested: 3 },
      after: { release: '1.36.0', endpoints: 1, tested: 1 },
      lost: [],
      gained: [{ endpoint: 'getCodeVersion', what: 'tested', by: [] }],
      newEndpoints: [],
      notes: [expect.stringContaining('counts failed requests (403, 404, 409 …) as hits')],
    });
    // Also in the text, in the other order.
    const { stdout: text } = await ask(coverage, url, 'diff', file, '1.36@coverage file');
    expect(text).toContain(`${file} is published coverage, which counts failed requests`);
    expect(text).toContain('1.36@coverage file was counted from audit events');
  });

  test('progress', async () => {
    expect(await print(coverage, 'progress')).toMatchInlineSnapshot(`
      "
      Release  1.36.0 of 2026-04-22; coverage made for tests and coverage file
      History  up to 1.36.0, from a history made for tests

      RELEASE  NEW  WITH NEW TEST  WITH OLD TEST  STILL UNTESTED  DEBT PAID  NEW TESTS  ELIGIBLE  TESTED  DEBT
      1.8.0      4              0              0               2          0          0         4       0     4
      1.9.0      0              0              0               0          2          1         4       2     2
      1.10.0     1              0              0               0          0          0         5       2     3
      1.34.0     0              0              0               0          0          0         5       2     3
      1.35.0     0              0              0               0          0          0         5       2     3
      1.36.0     2              0              0               2          1          1         7       3     4
      stderr: Not loaded, only in the history: 1.8.0 to 1.34.0.
      exit 0"
    `);
  });

  test.each([
    [['dif'], "'snoop coverage diff'"],
    [['1.35'], "'snoop coverage --release 1.35'"],
    [['diff', '1.36'], 'snoop coverage diff 1.35 1.36'],
    [['diff', '1.36', './nothing.json'], 'nothing.json'],
    [['progress', '--relase'], '--'],
  ])('%j: wrong use', async (args, advice) => {
    const error = await ask(coverage, url, ...args).catch((thrown: unknown) => thrown);
    if (!(error instanceof SnoopError)) throw error;
    expect(error.exitCode).toBe(2);
    expect([error.message, ...error.advice].join('\n')).toContain(advice);
  });

  test.each([
    [['--release', '1.34'], 'no_coverage'],
    [['--release', '1.20'], 'unknown_release'],
    [['diff', '1.34', '1.36'], 'no_coverage'],
  ])('%j: could not do it', async (args, code) => {
    await expect(ask(coverage, url, ...args)).rejects.toMatchObject({ code });
  });
});

test('no format passes a hostile user agent unescaped to a terminal or a spreadsheet', async () => {
  const hostile = await makeDatabase();
  await loadSmallReleases(hostile.pool);
  const agent = '=cmd|"/c calc"!A1,\u001b]0;owned\u0007\u009b31m\u202e|<b>`x`';
  await hostile.pool.query(
    `insert into testing.endpoint_hit (source, release, endpoint, useragent, test, test_hit, conf_test_hit)
     values (E'k\u001b[2J', '1.36.0', 'getCodeVersion', $1, E'a\\nb', false, false)`,
    [agent],
  );
  for (const format of ['text', 'json', 'csv', 'markdown']) {
    for (const args of [[], ['--agent', '=cmd']]) {
      const { stdout, stderr } = await ask(hits, hostile.url, ...args, '--output', format);
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\r\n]|\u202e/u);
      expect(stdout).toContain('owned');
    }
    const { stdout } = await ask(endpoint, hostile.url, 'getCodeVersion', '--output', format);
    expect(stdout).not.toMatch(/[^\P{Cc}\r\n]|\u202e/u);
  }
  const { stdout: csv } = await ask(hits, hostile.url, '--agent', '=cmd', '--output', 'csv');
  expect(csv).toContain(`"'=cmd|""/c calc""!A1,`);
  const { stdout: json } = await ask(hits, hostile.url, '--output', 'json');
  expect(JSON.parse(json).agents.map((seen: { agent: string }) => seen.agent)).toContain(agent);
  const unknown = await ask(hits, hostile.url, '--agent', 'x\u001b[31m');
  expect(unknown.stderr).not.toContain('\u001b');
});
