import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { endpoints, makeCoverage, readContent } from './support/made-hits.ts';

function readCoverage(changes: Readonly<Record<string, unknown>> = {}, name = 'coverage.json') {
  return readContent(name, JSON.stringify(makeCoverage(changes)));
}

test('a coverage file proves what it lists, and nothing of newer endpoints', async () => {
  const { source, ...hits } = await readCoverage();
  expect({ ...source, digest: source.digest?.length }).toMatchInlineSnapshot(`
    {
      "bytes": 2182,
      "commit": null,
      "commitFrom": null,
      "count": 4,
      "date": "2026-04-20T05:35:29.123Z",
      "dateFrom": "content",
      "digest": 64,
      "name": "coverage.json",
      "notes": [
        "It does not list 3 endpoints of the document: connectCoreV1PostNamespacedPodExec, createExampleComV1NamespacedWidget, readExampleComV1NamespacedWidget.",
      ],
      "problems": [],
      "release": "1.36.0",
      "releaseFrom": "content",
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
          ],
        },
        {
          "confTested": true,
          "endpoint": "deleteCoreV1NamespacedPod",
          "tested": true,
          "tests": [
            "[sig-node] Pods should be made and read [Conformance]",
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
      ],
      "undecided": [
        "connectCoreV1PostNamespacedPodExec",
        "createExampleComV1NamespacedWidget",
        "readExampleComV1NamespacedWidget",
      ],
      "unknown": [],
    }
  `);
  expect(await readContent('coverage.json', gzipSync(JSON.stringify(makeCoverage())))).toEqual({ source, ...hits });
});

test('without a build of Prow the date is that of the release', async () => {
  const { source } = await readCoverage({ sources: ['my run'] });
  expect(source.date).toBe('2026-04-20T06:47:56.000Z');
  expect((await readCoverage({ sources: [], release_date: null })).source).toMatchObject({
    date: null,
    notes: expect.arrayContaining(['It names no test runs.']),
  });
});

test('a file whose runs are long before its date is incomplete', async () => {
  const { incomplete } = await readCoverage({ release_date: '2026-08-27T00:00:00' });
  expect(incomplete).toMatchInlineSnapshot(`
    [
      "Its newest test run started 129 days before the date of 1.36.0 (2026-08-27T00:00:00): tests that came later are not in it.",
    ]
  `);
});

test('an export says itself that it is incomplete', async () => {
  expect((await readCoverage({ incomplete: 'A load failed.' })).incomplete).toEqual(['A load failed.']);
});

test.each([
  ['totals that contradict the list', { 'tested endpoints': 3 }],
  ['eligible endpoints that contradict it', eligibleTotals(9, 9)],
])('%s are a problem', async (_case, changes) => {
  const { source, endpoints: hit } = await readCoverage(changes);
  expect(source.problems).toMatchSnapshot();
  expect(hit).toEqual([]);
});

function eligibleTotals(all: number, tested: number): Record<string, number> {
  return { 'total conformance eligible endpoints': all, 'tested conformance eligible endpoints': tested };
}

test('totals that agree with one of the lists of ineligible endpoints are right', async () => {
  const untested = endpoints.filter(({ endpoint }) => endpoint.includes('Lease'));
  const content = JSON.stringify(makeCoverage(eligibleTotals(4, 4)));
  expect((await readContent('coverage.json', content, { ineligible: untested })).source.problems).toEqual([]);
  expect((await readCoverage(eligibleTotals(6, 4))).source.problems).toEqual([]);
});

test.each([
  ['1.36.json', []],
  ['coverage-v1.36.0.json', []],
  [
    '1.35.0.json',
    ['It is the coverage of 1.36.0, but its name says 1.35.0. Name the file of the right release, or rename it.'],
  ],
  [
    '1.36.2.json',
    ['It is the coverage of 1.36.0, but its name says 1.36.2. Name the file of the right release, or rename it.'],
  ],
])('the name %s must fit the release', async (name, problems) => {
  expect((await readCoverage({}, name)).source.problems).toEqual(problems);
});

test('a renamed endpoint keeps its hits, and a name at another path does not', async () => {
  const coverage = makeCoverage();
  const list = coverage.endpoints as { endpoint: string; path: string }[];
  const renamed = list.map((one) => {
    if (one.endpoint === 'readCoreV1NamespacedPod') return { ...one, endpoint: 'getPod' };
    return one.endpoint === 'createCoreV1NamespacedPod' ? { ...one, path: '/api/v2/pods' } : one;
  });
  const hits = await readCoverage({ endpoints: renamed });
  expect(hits.endpoints.map(({ endpoint }) => endpoint)).toMatchInlineSnapshot(`
    [
      "deleteCoreV1NamespacedPod",
      "listCoreV1NamespacedPod",
      "readCoreV1NamespacedPod",
    ]
  `);
  expect(hits.unknown).toEqual(['createCoreV1NamespacedPod']);
  expect(hits.undecided).toContain('createCoreV1NamespacedPod');
});

test('the flags of hits must not contradict the file', async () => {
  const content = JSON.stringify(makeCoverage());
  const stated = { release: '1.37.0', date: null, commit: 'abcdef0' };
  const { source } = await readContent('coverage.json', content, { stated });
  expect(source).toMatchObject({ commit: 'abcdef0', commitFrom: 'flag' });
  expect(source.problems).toEqual([
    'It shows the release 1.36.0, but --hits-release is 1.37.0. Correct the flag, or give other hits.',
  ]);
});

test('a file without a release needs the flag', async () => {
  const content = JSON.stringify(makeCoverage({ release: '' }));
  expect((await readContent('coverage.json', content)).source.problems).toEqual([
    'coverage.json names no release. Use --hits-release X.Y.Z.',
  ]);
  const stated = { release: '1.36.0', date: null, commit: null };
  const { source } = await readContent('coverage.json', content, { stated });
  expect(source).toMatchObject({ release: '1.36.0', releaseFrom: 'flag', problems: [] });
});
