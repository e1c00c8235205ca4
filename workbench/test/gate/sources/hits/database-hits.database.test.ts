import type { Pool } from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, expect, test } from 'vitest';
import type { GateHits } from '../../../../src/gate/facts.ts';
import type { HitsOptions } from '../../../../src/gate/sources/hits/options.ts';
import { makeDatabase } from '../../../support/database.ts';
import { makeFolder } from '../../../support/folder.ts';
import { podTest, readMade } from './support/made-hits.ts';

let pool: Pool;
beforeAll(async () => {
  ({ pool } = await makeDatabase());
  await loadSmallReleases(pool);
  await pool.query(`update public.endpoint_hit set first_seen_at = '2026-11-20T10:00:00Z'`);
  await pool.query(
    `insert into testing.cluster (source, version, digest, revision)
     values ('kind', '1.36.3', '', 1), ('old', '1.35.1', '', 1), ('crd', '1.36.3', '', 1)`,
  );
  await addLiveHit('kind', '1.36.3', 'listCoreV1NamespacedPod', 'e2e.test/v1.36.3', podTest);
  await addLiveHit('kind', '1.36.3', 'deleteCoreV1NamespacedPod', 'live-test-writing', 'pods are deleted');
  await addLiveHit('old', '1.35.1', 'connectCoreV1PostNamespacedPodExec', 'e2e.test/v1.35.1', podTest);
  await addLiveHit('crd', '1.36.3', 'GET /apis/example.com/v1/namespaces/{ns}/widgets/{name}', 'live-test', 'Widget');
  await pool.query(
    `insert into testing.cluster_endpoint (source, endpoint, method, path, level, category, deprecated)
     select 'crd', 'GET ' || path, 'GET', path, 'stable', 'example', false
       from unnest(array['/apis/example.com/v1/namespaces/{ns}/widgets/{name}']) as path`,
  );
});

async function addLiveHit(
  source: string,
  release: string,
  endpoint: string,
  agent: string,
  name: string,
): Promise<void> {
  await pool.query(
    `insert into testing.endpoint_hit (source, release, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at)
     values ($1, $2, $3, $4, $5, $4 like 'e2e.test%', $4 like 'e2e.test%' and $5 like '%[Conformance]%',
       '2026-11-29T10:00:00Z')`,
    [source, release, endpoint, agent, name],
  );
}

async function readDatabase(options: Partial<HitsOptions> = {}): Promise<GateHits | undefined> {
  const [hits] = await readMade(['db'], { cwd: await makeFolder(), withPool: (work) => work(pool), ...options });
  return hits;
}

test('db proves the coverage of the release, and e2e tests in clusters of the same minor', async () => {
  const { source, ...hits } = (await readDatabase()) ?? {};
  expect({ ...source, digest: source?.digest?.length }).toMatchInlineSnapshot(`
    {
      "bytes": null,
      "commit": null,
      "commitFrom": null,
      "count": 3,
      "date": "2026-11-20T10:00:00.000Z",
      "dateFrom": "SnoopDB",
      "digest": 64,
      "name": "db",
      "notes": [
        "Coverage of 1.36.0 from coverage file.",
        "Hits in 1 cluster: kind.",
        "Hits in clusters of other releases do not count: 1.35.1.",
      ],
      "problems": [],
      "release": "1.36.0",
      "releaseFrom": "SnoopDB",
      "role": "hits",
    }
  `);
  expect(hits).toMatchInlineSnapshot(`
    {
      "endpoints": [
        {
          "confTested": true,
          "endpoint": "createCoreV1NamespacedPod",
          "tested": true,
          "tests": [
            "[sig-node] Pods should be made and read [Conformance]",
            "[sig-node] Pods should have a log [Conformance]",
          ],
        },
        {
          "confTested": true,
          "endpoint": "listCoreV1NamespacedPod",
          "tested": true,
          "tests": [
            "[sig-node] Pods should be made and read [Conformance]",
          ],
        },
        {
          "confTested": true,
          "endpoint": "readCoreV1NamespacedPod",
          "tested": true,
          "tests": [
            "[sig-node] Pods should be made and read [Conformance]",
          ],
        },
      ],
      "incomplete": [],
      "tests": [
        "[sig-node] Pods should be made and read [Conformance]",
        "[sig-node] Pods should have a log [Conformance]",
      ],
      "undecided": [
        "connectCoreV1PostNamespacedPodExec",
        "createExampleComV1NamespacedWidget",
        "deleteCoordinationV1NamespacedLease",
        "listCoordinationV1NamespacedLease",
        "readExampleComV1NamespacedWidget",
      ],
      "unknown": [
        "readCoreV1NamespacedPodLog",
      ],
    }
  `);
});

test('a patch release uses the coverage of its minor release', async () => {
  expect((await readDatabase({ release: '1.36.2' }))?.source.release).toBe('1.36.0');
});

test('incomplete coverage is incomplete', async () => {
  expect((await readDatabase({ release: '1.35.0' }))?.incomplete).toEqual(['its totals lie.']);
});

test('with groups, tests in clusters count', async () => {
  const hits = await readDatabase({ groups: ['example.com'] });
  expect(hits?.endpoints).toEqual([
    { endpoint: 'readExampleComV1NamespacedWidget', tests: ['Widget'], tested: true, confTested: false },
  ]);
  expect(hits?.source).toMatchObject({ release: '1.36.3', releaseFrom: 'SnoopDB', date: '2026-11-29T10:00:00.000Z' });
});

test.each([
  ['a release without coverage', { release: '1.34.0' }],
  ['a release that is not loaded', { release: '1.37.0' }],
  ['groups without a cluster of the release', { release: '1.37.0', groups: ['example.com'] }],
])('%s is a problem', async (_case, options) => {
  const hits = await readDatabase(options);
  expect(hits?.source.problems).toMatchSnapshot();
});
