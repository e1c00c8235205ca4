import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gunzipSync, gzipSync } from 'node:zlib';
import { unpackHistory } from '../../src/releases/shipped-history.ts';
import { type BaselineSnapshot, unpackSnapshot } from '../../src/releases/shipped-snapshot.ts';
import { isSnapshot, readSnapshot } from '../../src/releases/snapshot-document.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snoop-make-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const operation = (operationId: string, action: string) => ({
  operationId,
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': { group: 'shop.k8s.io', version: 'v1', kind: 'Widget' },
  tags: ['shop_v1'],
});
const paths = {
  '/apis/shop.k8s.io/v1/widgets': { get: operation('listWidget', 'list'), post: operation('createWidget', 'post') },
  '/apis/shop.k8s.io/v1/widgets/{name}': { get: operation('readWidget', 'get') },
};

const covered = (endpoint: string, path: string, action: string, tests: string[]) => ({
  ...{ endpoint, path, action, level: 'stable', category: 'shop', description: null },
  ...{ group: 'shop.k8s.io', version: 'v1', kind: 'Widget' },
  ...{ tested: tests.length > 0, conf_tested: tests.length > 0, tests },
});
const createTest = 'Widgets are created [Conformance]';
const listed = covered('listWidget', '/apis/shop.k8s.io/v1/widgets', 'list', ['Widgets are listed [Conformance]']);

/** The files that docs/new-release.md names, small. */
const files: Readonly<Record<string, unknown>> = {
  'swagger-1.37.json': { swagger: '2.0', paths },
  // Made before the other endpoints came.
  '1.37.0.json': {
    ...{ release: '1.37.0', release_date: '2026-06-29T09:29:27', sources: ['a run'], tests: [] },
    endpoints: [listed],
  },
  'snoopdb/data/audit-runs/1.37.0.json.gz': {
    ...{ release: '1.37.2', release_date: '2026-11-30T10:00:00', sources: ['snoop audit-run 1'], tests: [] },
    endpoints: [
      covered('createWidget', '/apis/shop.k8s.io/v1/widgets', 'post', [createTest]),
      covered('readWidget', '/apis/shop.k8s.io/v1/widgets/{name}', 'get', []),
    ],
  },
  'conformance-v1.37.yaml': [{ codename: createTest, testname: 'Create', release: 'v1.37', file: 'widget.go' }],
  'ineligible_endpoints-v1.37.yaml': [{ endpoint: 'deleteWidget', reason: 'no', link: '' }],
  'ineligible_endpoints.json': [{ endpoint: 'deleteWidget', reason: 'older', link: '' }],
  'pending_eligible_endpoints-v1.37.yaml': ['readWidget'],
  'conformance-endpoints.json': [
    { endpoint: 'listWidget', promotion_release: '1.36.0', tested_release: '1.36.0', tests: [] },
  ],
  'conformance-progress.json': [{ release: '1.37.0' }],
  'releases.yaml': [
    { version: '1.37.0', release_date: '' },
    { version: '1.36.0', release_date: '2026-04-22' },
  ],
};

/** Runs the command of the document in a folder with these files. */
async function makeData(out: string, others: typeof files = {}): Promise<void> {
  for (const [name, content] of Object.entries({ ...files, ...others })) {
    const text = JSON.stringify(content);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
  const document = await readFile(join(root, 'docs/new-release.md'), 'utf8');
  const block = /```sh by-make-data-test\n(.*?)```/s.exec(document)?.[1] ?? '';
  const command = block
    .trim()
    .replace('npx tsx', join(root, 'node_modules/.bin/tsx'))
    .replace('snoopdb/data/make-data.ts', join(root, 'snoopdb/data/make-data.ts'));
  await promisify(execFile)('sh', ['-c', `${command} --out ${out}`], { cwd: folder });
}

test('the commands of docs/new-release.md make the data of a release', async () => {
  await makeData('made');
  const bytes = await readFile(join(folder, 'made/baseline/1.37.0.json.gz'));
  const snapshot: BaselineSnapshot = unpackSnapshot(bytes);
  const { endpoints, ...rest } = snapshot;
  expect(rest).toMatchInlineSnapshot(`
    {
      "auditRuns": [
        {
          "hits": [
            {
              "endpoint": "createWidget",
              "tests": [
                0,
              ],
            },
          ],
          "source": "snoop audit-run 1 (specs: 1, Kubernetes 1.37.2, 2026-11-30)",
        },
      ],
      "conformance": [
        {
          "file": 0,
          "promotion": "v1.37",
          "test": 0,
          "testname": "Create",
        },
      ],
      "files": [
        "widget.go",
      ],
      "incomplete": null,
      "ineligible": [
        {
          "endpoint": "deleteWidget",
          "link": "",
          "reason": "no",
        },
      ],
      "origin": "kubernetes-sigs/apisnoop, resources/coverage, commit 1bd88fd (2026-06-29)",
      "pending": [
        "readWidget",
      ],
      "release": "1.37.0",
      "releaseDate": "2026-08-26",
      "sources": [
        "a run",
      ],
      "spec": "swagger-1.37.json",
      "tests": [
        "Widgets are created [Conformance]",
        "Widgets are listed [Conformance]",
      ],
      "unknown": [
        {
          "endpoint": "createWidget",
          "reason": "The published coverage of 2026-06-29 does not list it, and no audit run of this project hit it.",
        },
        {
          "endpoint": "readWidget",
          "reason": "The published coverage of 2026-06-29 does not list it, and no audit run of this project hit it.",
        },
      ],
    }
  `);
  expect(endpoints.map(({ endpoint, tested, tests }) => ({ endpoint, tested, tests }))).toMatchInlineSnapshot(`
    [
      {
        "endpoint": "createWidget",
        "tested": false,
        "tests": [],
      },
      {
        "endpoint": "listWidget",
        "tested": true,
        "tests": [
          1,
        ],
      },
      {
        "endpoint": "readWidget",
        "tested": false,
        "tests": [],
      },
    ]
  `);
  // People may load it as a file, too.
  const value: unknown = JSON.parse(gunzipSync(bytes).toString());
  expect(isSnapshot(value)).toBe(true);
  expect(readSnapshot(value, 'it')).toEqual(snapshot);

  const history = unpackHistory(await readFile(join(folder, 'made/history.json.gz')));
  expect(history.calendar.at(-1)).toEqual(['1.37.0', '2026-08-26']);
  expect(history.endpoints).toMatchInlineSnapshot(`
    [
      [
        "createWidget",
        "1.37.0",
        "1.37.0",
        [
          0,
        ],
      ],
      [
        "listWidget",
        "1.36.0",
        "1.36.0",
        [],
      ],
      [
        "readWidget",
        "1.37.0",
        null,
        [],
      ],
    ]
  `);

  await makeData('again');
  expect(await readFile(join(folder, 'again/baseline/1.37.0.json.gz'))).toEqual(bytes);
});

test('an audit run of no given release is refused, not left out', async () => {
  const name = 'snoopdb/data/audit-runs/1.37.0.json.gz';
  const run = files[name] as object;
  await expect(makeData('refused', { [name]: { ...run, release: '1.36.2' } })).rejects.toThrow(
    "No --coverage is for the minor version of 'snoop audit-run 1 (specs: 1, Kubernetes 1.36.2, 2026-11-30)'.",
  );
});
