import { readFile } from 'node:fs/promises';
import { computeDigest, type RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import type { HitsOptions } from '../../../../src/gate/sources/hits/options.ts';
import { endpoints, readContent } from './support/made-hits.ts';

const evidence = new URL('../../../ticket/evidence/custom-resource.json', import.meta.url);

const widgets = '/apis/example.com/v1/namespaces/{namespace}/widgets';
const [model] = endpoints;
const own = [
  { ...model, endpoint: 'createWidget', method: 'POST', path: widgets },
  { ...model, endpoint: 'readWidget', method: 'GET', path: `${widgets}/{name}` },
  { ...model, endpoint: 'patchWidget', method: 'PATCH', path: `${widgets}/{name}` },
] as HitsOptions['endpoints'];

async function readRun(change: (run: RunDocument) => Partial<RunDocument>, options: Partial<HitsOptions> = {}) {
  const { runs } = JSON.parse(await readFile(evidence, 'utf8')) as { runs: RunDocument[] };
  const [run] = runs;
  if (run === undefined) throw new Error('The evidence has no run.');
  const { sha256: _, ...rest } = { ...run, ...change(run) };
  const content = JSON.stringify({ ...rest, sha256: computeDigest(rest) });
  return readContent('run.json', content, { endpoints: own, groups: ['example.com'], ...options });
}

test('an exported run proves what its passed tests hit', async () => {
  const { source, ...hits } = await readRun(() => ({}));
  expect({ ...source, digest: source.digest?.length }).toMatchInlineSnapshot(`
    {
      "bytes": 9043,
      "commit": "15c55cb0c305e1d2f51b101505e375951600155f",
      "commitFrom": "content",
      "count": 2,
      "date": "2026-11-30T19:35:22.325Z",
      "dateFrom": "content",
      "digest": 64,
      "name": "run.json",
      "notes": [
        "1 test, 1 passed.",
      ],
      "problems": [],
      "release": "1.36.3",
      "releaseFrom": "content",
      "role": "hits",
    }
  `);
  expect(hits).toMatchInlineSnapshot(`
    {
      "endpoints": [
        {
          "confTested": false,
          "endpoint": "createWidget",
          "tested": true,
          "tests": [
            "Widget lifecycle",
          ],
        },
        {
          "confTested": false,
          "endpoint": "readWidget",
          "tested": true,
          "tests": [
            "Widget lifecycle",
          ],
        },
      ],
      "incomplete": [],
      "tests": [
        "Widget lifecycle",
      ],
      "undecided": [],
      "unknown": [
        "GET /apis/example.com/v1",
        "deleteExampleComV1NamespacedWidget",
        "listExampleComV1NamespacedWidget",
      ],
    }
  `);
});

test('hits of failed tests do not count', async () => {
  const { endpoints: hit, incomplete } = await readRun(({ tests }) => ({
    tests: tests.map((one) => ({ ...one, state: 'failed', error: 'no' })),
  }));
  expect(hit).toEqual([]);
  expect(incomplete).toEqual(['1 test of 1 did not pass; their hits do not count.']);
});

test('requests without evidence make a run incomplete', async () => {
  const { endpoints: hit, incomplete } = await readRun(() => ({ evidence: [] }));
  expect(hit).toEqual([]);
  expect(incomplete).toMatchInlineSnapshot(`
    [
      "5 requests of 5 are not recorded.",
    ]
  `);
});

test('the commit is unknown when there were local changes', async () => {
  const { source } = await readRun(({ run }) => ({ run: { ...run, git_dirty: true } }));
  expect(source.commit).toBeNull();
  expect(source.notes).toMatchInlineSnapshot(`
    [
      "1 test, 1 passed.",
      "Its sources were not those of the commit 15c55cb0c305e1d2f51b101505e375951600155f: there were local changes.",
    ]
  `);
});

test('a run proves nothing about Kubernetes', async () => {
  expect((await readRun(() => ({}), { groups: null })).source.problems).toMatchInlineSnapshot(`
    [
      "It is a run of live tests, which never make an endpoint of Kubernetes tested. Use it with --group, or give an audit log of e2e tests.",
    ]
  `);
});
