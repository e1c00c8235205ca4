import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  loadBaseline,
  loadBaselineFrom,
  loadConformanceTests,
  loadCoverage,
  loadHistory,
  loadIneligible,
  loadOpenapi,
  loadPending,
  loadReleases,
  readOperations,
  useBaseline,
  useNearestBaseline,
} from '../../src/index.ts';
import { inferMethod } from '../../src/releases/coverage-document.ts';
import { findInputs } from '../../src/inputs/input.ts';
import { readPromotion } from '../../src/releases/promotion.ts';
import { findReleaseInName } from '../../src/releases/release-in-name.ts';
import { findRepeatedKey } from '../../src/inputs/repeated-key.ts';
import { readShippedSnapshot, unpackSnapshot } from '../../src/releases/shipped-snapshot.ts';
import { createInput } from '../support/test-input.ts';
import { createCoverage } from '../support/small-coverage.ts';
import { smallDocument } from '../support/small-document.ts';
import { digestTables } from '../support/table-digest.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => database.empty());

const swagger = (name = 'swagger-1.36.json') => createInput(name, smallDocument);
const ask = async (sql: string): Promise<unknown[]> => (await database.pool.query(sql)).rows;

describe('the release of a document', () => {
  test.each([
    ['swagger-1.36.json.gz', '1.36.0'],
    ['swagger-1.20.4.json', '1.20.4'],
    ['/home/me/1.36.0.json.gz', '1.36.0'],
    ['openapi_v1.37.0-beta.1.json', '1.37.0-beta.1'],
    ['https://raw.example.com/kubernetes/v1.36.0/api/openapi-spec/swagger.json', '1.36.0'],
    ['https://raw.example.com/kubernetes/release-1.36/api/openapi-spec/swagger.json', '1.36.0'],
    ['https://10.96.0.1:6443/openapi/v2', null],
    ['node-20.19/swagger.json', null],
    ['swagger.json', null],
    ['from-1.35-to-1.36.json', null],
    ['swagger-v3.json', null],
    ['standard input', null],
  ])('of %s is %s', (name, release) => {
    expect(findReleaseInName(name)).toBe(release);
  });

  test('is required if the file name does not contain it', async () => {
    await expect(loadOpenapi(database.pool, swagger('swagger.json'))).rejects.toMatchObject({
      code: 'bad_release',
      message: expect.stringContaining('--release 1.36.0'),
    });
    expect(await loadOpenapi(database.pool, swagger('swagger.json'), { release: 'v1.36' })).toMatchObject({
      release: '1.36.0',
    });
  });
});

describe('an OpenAPI document', () => {
  test('with oddities is loaded completely, and counts them', async () => {
    const odd = {
      paths: {
        '/api/v1/a': {
          get: { tags: ['core_v1'] },
          post: { operationId: 'twice', tags: ['core_v1', 'other'] },
          put: { operationId: 'twice', tags: ['core_v1'] },
        },
        '/apis/odd.example.com/v1/b': { get: { operationId: 'once' } },
      },
    };
    expect(await loadOpenapi(database.pool, createInput('1.36.json', odd))).toMatchObject({
      read: 4,
      stored: 4,
      notes: [
        { count: 1, what: 'operations without an operationId, named by method and path' },
        { count: 2, what: 'operations that share their operationId, named by method and path' },
        { count: 1, what: 'operations with several tags, in the category of the first' },
        { count: 1, what: 'operations without a tag, in a category from their path' },
      ],
    });
    expect(await ask('select endpoint, method, category from public.open_api order by endpoint collate "C"')).toEqual([
      { endpoint: 'GET /api/v1/a', method: 'GET', category: 'core' },
      { endpoint: 'POST /api/v1/a', method: 'POST', category: 'core' },
      { endpoint: 'PUT /api/v1/a', method: 'PUT', category: 'core' },
      { endpoint: 'once', method: 'GET', category: 'odd' },
    ]);
  });

  const hpas = 'v2/namespaces/{namespace}/horizontalpodautoscalers';
  const scale = { get: { operationId: 'readScale' } };
  const claimed = {
    [`/apis/autoscaling/${hpas}`]: { get: { operationId: 'listHpa' } },
    [`/apis/autoscaling.k8s.io/${hpas}`]: { get: { operationId: 'listHpa' } },
    '/apis/apps/v1/deployments/{name}/scale': scale,
    '/apis/apps/v1/replicasets/{name}/scale': scale,
    '/apis/apps/v1/replicasets/{other}/scale/': { get: { operationId: 'a', description: 'Deprecated twin' } },
  };

  test('whose operations share names gives each endpoint a unique one, in every order', async () => {
    const { pool } = database;
    const published = createCoverage();
    for (const paths of [Object.entries(claimed), Object.entries(claimed).toReversed()]) {
      const all = { ...Object.fromEntries(paths), ...smallDocument.paths };
      expect((await loadOpenapi(pool, createInput('1.36.json', { paths: all }))).notes).toEqual(
        expect.arrayContaining([
          { count: 3, what: 'operations that share their operationId, named by method and path' },
          { count: 1, what: 'operations with the method and path of another one, skipped' },
        ]),
      );
      expect(
        await ask(`select endpoint, path from public.open_api where path ~ '/(scale|horizontal.*)$' order by 1, 2`),
      ).toEqual([
        ...Object.keys(claimed)
          .slice(1, 4)
          .sort()
          .map((path) => ({ endpoint: `GET ${path}`, path })),
        { endpoint: 'listHpa', path: `/apis/autoscaling/${hpas}` },
      ]);
    }
    // Coverage published under a shared name belongs to no endpoint; the rest is loaded all the same.
    const tested = { ...published.endpoints[0], tested: true, tests: ['a test'] };
    const shared = [...published.endpoints, { ...tested, endpoint: 'readScale' }, { ...tested, endpoint: 'listHpa' }];
    const coverage = { ...published, endpoints: shared, 'total endpoints': shared.length };
    await loadCoverage(pool, createInput('1.36.0.json', coverage));
    await loadOpenapi(pool, createInput('1.36.json', { paths: { ...smallDocument.paths, ...claimed } }));
    expect(await ask(`select endpoint from public.endpoint_coverage where path ~ 'horizontal' and tested`)).toEqual([
      { endpoint: 'listHpa' },
    ]);
  });

  test('replaces the previous one completely, also gzipped, and is recorded', async () => {
    const { pool } = database;
    await loadOpenapi(pool, swagger());
    const fewer = { paths: { '/version/': smallDocument.paths['/version/'] } };
    const packed = gzipSync(JSON.stringify(fewer));
    const [input] = await findInputs('-', { cwd: '.', stdin: await streamOf(packed) });
    if (!input) throw new Error('standard input is missing');
    await loadOpenapi(pool, input, { release: '1.36' });
    expect(await ask('select endpoint from public.open_api')).toEqual([{ endpoint: 'getCodeVersion' }]);
    expect(
      await ask('select what, name, release, stored::int, state from public.loaded_file order by id'),
    ).toMatchObject([
      { what: 'openapi', name: 'swagger-1.36.json', release: '1.36.0', state: 'loaded' },
      { what: 'openapi', name: 'standard input', release: '1.36.0', stored: 1 },
    ]);
  });

  test('without coverage is not a baseline, and neither tested nor untested', async () => {
    await loadReleases(database.pool, createInput('releases.yaml', '- version: 1.36.0\n  release_date: 2026-04-22\n'));
    await loadOpenapi(database.pool, swagger());
    expect(await ask('select public.baseline_release() as baseline')).toEqual([{ baseline: null }]);
    expect(await ask('select distinct tested from public.endpoint_coverage')).toEqual([{ tested: null }]);
    expect(await ask('select distinct release_date::date::text from public.open_api')).toEqual([
      { release_date: '2026-04-22' },
    ]);
    await expect(useBaseline(database.pool, '1.36')).rejects.toMatchObject({ code: 'unknown_release' });
  });
});

describe('published coverage', () => {
  test('alone adds endpoints with inferred methods', async () => {
    // The list that ships would do for a release of Kubernetes.
    await loadIneligible(database.pool, createInput('i.yaml', ''), { release: '1.36' });
    const loaded = await loadCoverage(database.pool, createInput('1.36.0.json', createCoverage()));
    expect(loaded).toMatchObject({ release: '1.36.0', incomplete: null });
    expect(loaded.notes).toEqual([
      { count: 3, what: 'tested endpoints' },
      { count: 1, what: 'conformance tests with their release' },
      { count: 2, what: 'tests without a name, skipped' },
    ]);
    expect(
      await ask(`select endpoint, method, level, tests, tested, conf_tested
                   from public.endpoint_coverage join public.open_api using (release, endpoint, level)
                  where endpoint in ('connectGetPodExec', 'connectPostPodExec', 'deleteCollectionNamespacedPod', 'listEgg', 'listNamespacedPod')
                  order by endpoint`),
    ).toEqual([
      { endpoint: 'connectGetPodExec', method: 'GET', level: 'stable', tests: [], tested: false, conf_tested: false },
      { endpoint: 'connectPostPodExec', method: 'POST', level: 'stable', tests: [], tested: false, conf_tested: false },
      {
        endpoint: 'deleteCollectionNamespacedPod',
        method: 'DELETE',
        level: 'stable',
        tests: [],
        tested: false,
        conf_tested: false,
      },
      // Published so, whatever the path says.
      {
        endpoint: 'listEgg',
        method: 'GET',
        level: 'beta',
        tests: ['a', 'b [Conformance]'],
        tested: true,
        conf_tested: true,
      },
      {
        endpoint: 'listNamespacedPod',
        method: 'GET',
        level: 'stable',
        tests: ['a', 'b [Conformance]'],
        tested: true,
        conf_tested: true,
      },
    ]);
    expect(await ask('select codename, testname, promoted_in, file from conformance.listed_test')).toEqual([
      { codename: 'b [Conformance]', testname: 'B', promoted_in: '1.19.0', file: 'b.go' },
    ]);
    expect(await ask('select sources from public.release_data')).toEqual([
      { sources: ['https://ci/1', 'https://ci/2'] },
    ]);
  });

  test('overrides levels, whatever is loaded first', async () => {
    const { pool } = database;
    const level = () => ask(`select level, method, deprecated from public.open_api where endpoint = 'listEgg'`);
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
    await loadOpenapi(pool, swagger());
    const first = await level();
    await database.empty();
    await loadOpenapi(pool, swagger());
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
    expect(await level()).toEqual(first);
    expect(first).toEqual([{ level: 'beta', method: 'GET', deprecated: false }]);
  });

  test('with other endpoints than the document is refused, with the difference', async () => {
    const { pool } = database;
    await loadOpenapi(pool, swagger());
    const before = await digestTables(pool);
    const published = createCoverage();
    const fewer = { ...published, endpoints: published.endpoints.slice(1) };
    await expect(loadCoverage(pool, createInput('1.36.0.json', fewer))).rejects.toThrow(
      /1 only in the OpenAPI document \(getCodeVersion\).*Nothing was changed/,
    );
    expect(await digestTables(pool)).toBe(before);
  });

  test('with other endpoints replaces document and coverage if it is loaded as a baseline', async () => {
    const { pool } = database;
    await loadOpenapi(pool, swagger());
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
    const endpoints = createCoverage().endpoints.slice(1);
    const fewer = { 'total endpoints': endpoints.length, endpoints };
    await expect(loadCoverage(pool, createInput('new.json', createCoverage(fewer)))).rejects.toThrow(
      'baseline --url new.json',
    );
    await loadBaselineFrom(pool, createInput('new.json', createCoverage(fewer)));
    expect(await ask('select has_document, origin, coverage_origin from public.release_data')).toEqual([
      { has_document: false, origin: 'new.json', coverage_origin: 'new.json' },
    ]);
    expect(await ask('select count(*)::int as count from public.open_api')).toEqual([{ count: endpoints.length }]);
    // The document of these endpoints follows.
    const { '/version/': _gone, ...paths } = smallDocument.paths;
    await loadOpenapi(pool, createInput('1.36.json', { paths }));
    expect(await ask('select has_document from public.release_data')).toEqual([{ has_document: true }]);
  });

  test('has no operations without a unique name', async () => {
    const { pool } = database;
    await loadOpenapi(pool, createInput('1.36.json', { paths: { ...smallDocument.paths, '/new': { get: {} } } }));
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
    expect(await ask(`select tested from public.endpoint_coverage where endpoint = 'GET /new'`)).toEqual([
      { tested: false },
    ]);
  });

  test('of another release than the requested one is refused', async () => {
    const input = createInput('1.36.0.json', createCoverage());
    await expect(loadCoverage(database.pool, input, { release: '1.35' })).rejects.toThrow(
      '1.36.0.json is the coverage of 1.36.0, not of 1.35.0.',
    );
  });

  test('keeps a conformance.yaml of its release', async () => {
    const { pool } = database;
    const list = `- testname: T\n  codename: "t [Conformance]"\n  release: v1.9,1.19\n  file: t.go\n`;
    await loadConformanceTests(pool, createInput('conformance.yaml', list), { release: '1.36' });
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
    expect(await ask('select codename, promotion, promoted_in from conformance.listed_test')).toEqual([
      { codename: 't [Conformance]', promotion: 'v1.9,1.19', promoted_in: '1.19.0' },
    ]);
  });
});

test.each([
  ['v1.9', '1.9.0'],
  ['v1.9, v1.19', '1.19.0'],
  ['1.9,v1.19', '1.19.0'],
  ['v1.19 ,  v1.9', '1.9.0'],
  ['v1.9,', '1.9.0'],
  ['soon', null],
  ['', null],
])('the promotion of "%s" is %s', (listed, promotion) => {
  expect(readPromotion(listed)).toBe(promotion);
});

test.each([
  ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}', null],
  ['{"a":{"b":1,"b":2}}', 'b'],
  ['[{"a":"}{,:\\"","a":1}]', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a\\\\":1,"a":["a","a"]}', null],
])('the repeated key of %s is %s', (json, key) => {
  expect(findRepeatedKey(json)).toBe(key);
});

test('infers methods from published files', () => {
  expect(inferMethod('connect', 'connect OPTIONS requests to proxy of Node')).toBe('OPTIONS');
  expect(inferMethod('connect', null)).toBe(null);
  expect(inferMethod(null, 'get available resources')).toBe('GET');
  expect(inferMethod('deletecollection', null)).toBe('DELETE');
});

describe('lists', () => {
  test.each([
    ['nothing', ''],
    ['comments alone', '---\n# nothing is pending\n'],
    ['an empty list', '[]'],
    ['null', 'null\n'],
  ])('%s is an empty list, which is valid', async (_what, text) => {
    const { pool } = database;
    await loadPending(pool, createInput('p.yaml', '- a\n- b\n- a\n'), { release: '1.36' });
    expect(await loadPending(pool, createInput('p.yaml', text), { release: '1.36' })).toMatchObject({
      read: 0,
      stored: 0,
    });
    await loadIneligible(pool, createInput('i.yaml', text), { release: '1.36' });
    expect(await ask('select count(*)::int as count from conformance.listed_pending')).toEqual([{ count: 0 }]);
    expect(await ask('select what, release, own from conformance.list order by what')).toEqual([
      { what: 'ineligible', release: '1.36.0', own: true },
      { what: 'pending', release: '1.36.0', own: true },
    ]);
  });

  test('belong to the baseline by default; without a baseline the release is required', async () => {
    const { pool } = database;
    const list = createInput('i.json', [
      { endpoint: 'listEgg', reason: 'early', link: 'https://x' },
      { endpoint: 'nothing' },
    ]);
    await expect(loadIneligible(pool, list)).rejects.toMatchObject({ code: 'bad_release' });
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
    await useBaseline(pool, '1.36');
    expect(await loadIneligible(pool, list)).toMatchObject({
      release: '1.36.0',
      notes: [
        { count: 1, what: 'entries that are not endpoints of 1.36.0' },
        // Until then the list that ships had to do.
        { count: 1, what: 'releases whose coverage check now has another result' },
      ],
    });
  });

  test('keep their spelling: no number, date or word is converted', async () => {
    const list = `- {endpoint: 1.30, reason: yes, link: 2026-01-01}\n- {endpoint: "null", reason: , link: ~}\n`;
    await loadIneligible(database.pool, createInput('i.yaml', list), { release: '1.36' });
    expect(await ask('select endpoint, reason, link from conformance.listed_ineligible order by 1')).toEqual([
      { endpoint: '1.30', reason: 'yes', link: '2026-01-01' },
      { endpoint: 'null', reason: '', link: '~' },
    ]);
  });

  test('releases may have quoted, unquoted or, in development, empty dates', async () => {
    const { pool } = database;
    await loadCoverage(pool, createInput('1.36.0.json', createCoverage({ release_date: '2026-04-20T06:47:56' })));
    const calendar = `- version: 1.37.0\n  release_date: ""\n- version: "v1.36"\n  release_date: 2026-04-22\n- {version: 1.30, release_date: "2024-04-17"}\n`;
    expect(await loadReleases(pool, createInput('releases.yaml', calendar))).toMatchObject({ read: 3, stored: 3 });
    expect(
      await ask('select release, release_date::date::text as day from public.release_calendar order by 1'),
    ).toEqual([
      { release: '1.30.0', day: '2024-04-17' },
      { release: '1.36.0', day: '2026-04-22' },
      { release: '1.37.0', day: null },
    ]);
    expect(await ask('select distinct release_date::date::text as day from public.open_api')).toEqual([
      { day: '2026-04-22' },
    ]);
  });
});

test.each(['0001-01-01', '2026-02-30', '2026-13-01', 'tomorrow', '22.04.2026', '99999-01-01'])(
  '%s is not a date',
  async (date) => {
    const calendar = `- version: 1.36.0\n  release_date: ${date}\n`;
    await expect(loadReleases(database.pool, createInput('releases.yaml', calendar))).rejects.toMatchObject({
      code: 'bad_document',
    });
  },
);

describe('shipped data', () => {
  test('names a release that does not ship, and those that do', async () => {
    await expect(loadBaseline(database.pool, '1.31')).rejects.toThrow(
      'This program ships no data of 1.31.0, only of 1.33.0, 1.34.0, 1.35.0, 1.36.0, 1.37.0.',
    );
  });

  test('changes no other release, and keeps lists that were loaded separately', async () => {
    const { pool } = database;
    await loadBaseline(pool, '1.36');
    await loadIneligible(pool, createInput('i.yaml', '- endpoint: listCoreV1Node\n  reason: mine\n  link: here\n'), {
      release: '1.36',
    });
    const lists = `select release, endpoint, reason from conformance.listed_ineligible where release = '1.36.0'`;
    const before = await ask(lists);
    await loadBaseline(pool, '1.35');
    await loadBaseline(pool, '1.36');
    await useNearestBaseline(pool, '1.36.3');
    expect(await ask(lists)).toEqual(before);
    expect(
      await ask(`select count(*)::int as count from conformance.listed_ineligible where release = '1.35.0'`),
    ).toEqual([{ count: 101 }]);
  });

  test('gives the same rows as a snapshot from elsewhere, which is not marked as shipped', async () => {
    const { pool } = database;
    const rows = `select release, endpoint, level, method, tests, tested, conf_tested
                    from public.open_api join public.endpoint_coverage using (release, endpoint, level) order by endpoint`;
    await loadBaseline(pool, '1.36');
    const shipped = await ask(rows);
    await database.empty();
    const { bytes } = await readShippedSnapshot('1.36.0');
    await loadBaselineFrom(pool, createInput('https://example.com/1.36.0.json', unpackSnapshot(bytes)));
    expect(await ask(rows)).toEqual(shipped);
    expect(await ask('select digest from public.release_data')).toEqual([{ digest: null }]);
  });

  test('loads the history and its calendar once', async () => {
    const { pool } = database;
    expect(await loadHistory(pool)).toBe(true);
    expect(await loadHistory(pool)).toBe(false);
    expect(
      await ask(
        'select newest_release, (select count(*)::int from conformance.endpoint_history) as endpoints from conformance.history_data',
      ),
    ).toEqual([{ newest_release: '1.37.0', endpoints: 602 }]);
    expect(
      await ask(`select release_date::date::text as day from public.release_calendar where release = '1.36.0'`),
    ).toEqual([{ day: '2026-04-22' }]);
  });
});

test('the small document has the endpoints of its coverage', () => {
  const served = readOperations(smallDocument).operations.filter((one) => !one.deprecated);
  expect(createCoverage().endpoints.map((one) => one.endpoint)).toEqual(served.map((one) => one.endpoint));
});

async function streamOf(bytes: Buffer): Promise<NodeJS.ReadableStream> {
  const { Readable } = await import('node:stream');
  return Readable.from([bytes]);
}
