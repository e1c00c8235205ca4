import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  askEndpoint,
  askHits,
  checkDatabase,
  createEventWriter,
  type EventWriter,
  findEndpointsOfRequest,
  listAgents,
  loadBaseline,
  loadClusterDocument,
  loadOpenapi,
  rebuildDatabase,
  resolveAgain,
  useBaseline,
  useNearestBaseline,
} from '../../src/index.ts';
import { identifyEndpoint } from '../../src/resolver/endpoint-names.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createInput } from '../support/test-input.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  writer = createEventWriter(database.pool, { source: 'own' });
});
afterEach(() => database.empty());
afterAll(() => database.drop());

const ask = async (sql: string): Promise<unknown[]> => (await database.pool.query(sql)).rows;

const list = 'listAutoscalingV2NamespacedHorizontalPodAutoscaler';
const hpas = (group: string): string => `/apis/${group}/v2/namespaces/{namespace}/horizontalpodautoscalers`;
const builtIn = { [hpas('autoscaling')]: { get: { operationId: list } } };
const lookalike = { [hpas('autoscaling.k8s.io')]: { get: { operationId: list } } };
const madeName = `GET ${hpas('autoscaling.k8s.io')}`;
const uriOf = (group: string): string => hpas(group).replace('{namespace}', 'default');

const load = (source: string, paths: object, version = '1.36.3') =>
  loadClusterDocument(database.pool, { source, version, etag: null, document: { paths } });

/** One for all tests: what it knows of names has to follow them. */
let writer: EventWriter;
const write = (source: string, ...uris: string[]) =>
  writer.write(writeBody(uris.map((requestURI) => writeEvent({ requestURI, userAgent: 'live-test-writing -- hpa' }))), {
    source,
  });

const readChange = () => ask('select change_in_number::integer as change from testing.projected_change_in_coverage');
const readHits = () =>
  ask('select endpoint, hit_by_new_test::integer as hits from testing.endpoint_hit_by_new_test order by endpoint');
const readLive = (source: string) =>
  ask(`select endpoint, count(*)::integer from testing.audit_event where source = '${source}' group by 1 order by 1`);

test.each([
  ['first', { ...lookalike, ...builtIn }],
  ['last', { ...builtIn, ...lookalike }],
  ['alone', lookalike],
])('does not confuse a custom resource with a built-in of the same operationId, its path %s', async (_, paths) => {
  await useNearestBaseline(database.pool, '1.36.3');
  await load('a', paths);
  await write('a', uriOf('autoscaling.k8s.io'));
  expect(await readLive('a')).toEqual([{ endpoint: madeName, count: 1 }]);
  expect(await readHits()).toEqual([]);
  expect(await readChange()).toEqual([{ change: 0 }]);

  // A source without a document resolves with the baseline, which has no such path.
  await write('b', uriOf('autoscaling.k8s.io'), uriOf('autoscaling'));
  expect(await readHits()).toEqual([{ endpoint: list, hits: 1 }]);
  expect(await readChange()).toEqual([{ change: 1 }]);
  expect((await checkDatabase(database.pool)).differences).toEqual([]);
  expect(await rebuildDatabase(database.pool)).toEqual({ added: 0, deleted: 0, tested: 0, quota: 0 });
  expect(await readHits()).toEqual([{ endpoint: list, hits: 1 }]);
});

test('names events by the documents of the time when they are resolved again', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  await load('a', builtIn);
  await write('a', uriOf('autoscaling.k8s.io'));
  await load('a', { ...lookalike, ...builtIn });
  expect(await resolveAgain(database.pool)).toEqual({ checked: 1, resolved: 1 });
  expect(await readLive('a')).toEqual([{ endpoint: madeName, count: 1 }]);
  expect(await readHits()).toEqual([]);
});

test('resolves events of a source without a document again when a new baseline serves their path', async () => {
  const { pool } = database;
  const [eggs, spoons] = ['/apis/eggs.example.com/v1/eggs', '/apis/eggs.example.com/v1/spoons'];
  const paths = { [hpas('autoscaling')]: { get: { operationId: list } }, [eggs]: { get: { operationId: 'listEgg' } } };
  await useNearestBaseline(pool, '1.36.3');
  await load('a', builtIn);
  await write('a', eggs);
  await write('b', eggs, spoons, uriOf('autoscaling'), '/healthz');
  // One that PostgreSQL refuses is rejected.
  await write('b', `${eggs}?limit=1\0`);
  expect(await resolveAgain(pool)).toEqual({ checked: 0, resolved: 0 });
  await loadOpenapi(pool, createInput('1.50.json', { paths }));
  await pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test_hit, conf_test_hit)
     values ('1.50.0', 'a test run', '${list}', 'e2e.test', true, false)`,
  );
  await useBaseline(pool, '1.50');
  expect(await resolveAgain(pool)).toEqual({ checked: 3, resolved: 2 });
  expect(await resolveAgain(pool)).toEqual({ checked: 0, resolved: 0 });
  expect(await readLive('a')).toEqual([{ endpoint: null, count: 1 }]);
  expect(await readLive('b')).toEqual([
    { endpoint: list, count: 1 },
    { endpoint: 'listEgg', count: 1 },
    { endpoint: null, count: 2 },
  ]);
  expect(await readHits()).toEqual([
    { endpoint: list, hits: 1 },
    { endpoint: 'listEgg', hits: 2 },
  ]);
  expect((await checkDatabase(pool)).differences).toEqual([]);
  // Resolved events are not checked again.
  await useBaseline(pool, '1.36');
  await useBaseline(pool, '1.50');
  expect(await resolveAgain(pool)).toEqual({ checked: 1, resolved: 0 });
  expect(await readHits()).toHaveLength(2);
});

test('uses the names of the baseline for endpoints that a newer cluster renames, served or removed', async () => {
  await useNearestBaseline(database.pool, '1.36.3');
  const newer = { [hpas('autoscaling').replace('{namespace}', '{ns}')]: { get: { operationId: 'listNewName' } } };
  await load('a', newer, '1.40.0');
  await write('a', uriOf('autoscaling'));
  await load('a', lookalike, '1.40.0');
  await write('a', uriOf('autoscaling'), uriOf('autoscaling.k8s.io'));
  expect(await readLive('a')).toEqual([
    { endpoint: madeName, count: 1 },
    { endpoint: list, count: 2 },
  ]);
  expect(await readHits()).toEqual([{ endpoint: list, hits: 2 }]);
});

test('distinguishes two custom resources of the same name, in one cluster and in two', async () => {
  const [one, other] = ['/apis/a-b.example.com/v1/eggs', '/apis/ab.example.com/v1/eggs'];
  const egg = { get: { operationId: 'listEgg' } };
  await load('a', { [one]: egg });
  await load('b', { [other]: egg });
  await write('a', one);
  await write('b', other);
  expect(await readLive('a')).toEqual([{ endpoint: 'listEgg', count: 1 }]);
  // From now on the name tells nothing any more: what was called by it is renamed, in every table.
  await load('a', { [one]: egg, [other]: egg });
  await write('a', one, other);
  expect(await readLive('a')).toEqual([
    { endpoint: `GET ${one}`, count: 2 },
    { endpoint: `GET ${other}`, count: 1 },
  ]);
  expect(await ask(`select source, endpoint from testing.endpoint_hit order by 1, 2`)).toEqual([
    { source: 'a', endpoint: `GET ${one}` },
    { source: 'a', endpoint: `GET ${other}` },
    { source: 'b', endpoint: 'listEgg' },
  ]);
  expect((await checkDatabase(database.pool)).differences).toEqual([]);
});

test('questions distinguish endpoints of the same name in two clusters, and in an older release', async () => {
  const { pool } = database;
  const [one, other] = ['/apis/a-b.example.com/v1/eggs', '/apis/ab.example.com/v1/eggs'];
  await load('a', { [one]: { get: { operationId: 'listEgg' } } });
  await load('b', { [other]: { get: { operationId: 'listEgg' } } });
  await write('a', one);
  await write('b', other);
  // The cluster's, and the older release's of another path, which the baseline does not have any more.
  await load('c', { [hpas('autoscaling.k8s.io')]: { get: { operationId: 'listOld' } } });
  await write('c', uriOf('autoscaling.k8s.io'));
  await loadBaseline(pool, '1.36');
  await loadOpenapi(
    pool,
    createInput('1.20.json', { paths: { [hpas('autoscaling')]: { get: { operationId: 'listOld' } } } }),
  );
  const { endpoints } = await askHits(pool, 'live-test', {});
  expect(endpoints.map(({ endpoint, inRelease, sources }) => ({ endpoint, inRelease, sources }))).toEqual([
    { endpoint: 'listEgg', inRelease: false, sources: ['a'] },
    { endpoint: 'listEgg', inRelease: false, sources: ['b'] },
    { endpoint: 'listOld', inRelease: false, sources: ['c'] },
  ]);
  const findLive = async (filter = {}) => (await listAgents(pool, filter)).filter(({ seen }) => seen.includes('live'));
  expect(await findLive()).toMatchObject([{ agent: 'live-test-writing', endpoints: 3, sources: 3 }]);
  expect(await findLive({ source: 'a' })).toMatchObject([{ endpoints: 1 }]);
  const find = async (path: string) =>
    (await findEndpointsOfRequest(pool, { verb: 'list', path })).endpoints.map((found) => found.path);
  expect(await find(one)).toEqual([one]);
  expect(await find(other)).toEqual([other]);
  expect(await askEndpoint(pool, 'listEgg')).toMatchObject({ path: one, clusters: ['a'], agents: [{ source: 'a' }] });
  expect(await askEndpoint(pool, 'listOld')).toMatchObject({
    path: hpas('autoscaling'),
    release: { release: '1.20.0' },
    agents: [],
    samples: [],
  });
});

test('questions count an endpoint with several names once: of two clusters, and of another release', async () => {
  const { pool } = database;
  await useNearestBaseline(pool, '1.36.3');
  const egg = (parameter: string): string => `/apis/eggs.example.com/v1/eggs/{${parameter}}`;
  await load('a', { ...builtIn, [egg('name')]: { get: { operationId: 'readEgg' } } });
  await load('b', { [egg('egg')]: { get: { operationId: 'readExampleEgg' }, put: { operationId: 'replaceEgg' } } });
  await load('c', { [egg('name')]: { put: { operationId: 'readEgg' } } });
  const uri = '/apis/eggs.example.com/v1/eggs/one';
  await write('a', uri, uriOf('autoscaling'));
  await write('b', uri);
  const put = { verb: 'update', requestURI: uri, userAgent: 'live-test-writing' };
  await writer.write(writeBody([writeEvent(put)]), { source: 'c' });
  // Without a document of its own.
  await write('d', uriOf('autoscaling'));
  // In an older release the name was another one, and the baseline's name that of another path.
  await loadOpenapi(
    pool,
    createInput('1.20.json', {
      paths: {
        [hpas('autoscaling').replace('{namespace}', '{ns}')]: { get: { operationId: 'listOld' } },
        [hpas('old')]: { get: { operationId: list } },
      },
    }),
  );
  await pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test_hit, conf_test_hit)
     select '1.20.0', 'an old run', endpoint, 'live-test-writing', false, false from unnest('{listOld,${list}}'::text[]) as endpoint`,
  );
  const places = async (release?: string) =>
    (await askHits(pool, 'live-test', { release })).endpoints.map((one) => [one.endpoint, one.inRelease, one.sources]);
  expect(await places()).toEqual([
    [list, true, ['a', 'an old run', 'd']],
    [list, false, ['an old run']],
    ['readEgg', false, ['a', 'b']],
    ['readEgg', false, ['c']],
  ]);
  expect(await places('1.20')).toEqual([
    [list, true, ['an old run']],
    ['listOld', true, ['an old run']],
  ]);
  const known = (await listAgents(pool)).filter(({ seen }) => seen.includes('live'));
  expect(known).toMatchObject([{ endpoints: 4, sources: 5, seen: ['live', 'loaded'] }]);
  const { agents } = (await askEndpoint(pool, list)) ?? {};
  expect(agents?.map(({ source }) => source)).toEqual(['a', 'd', 'an old run']);
});

test.each([
  ['/', '{}/'],
  ['/api/v1/namespaces/{name}', 'api/v1/namespaces/{namespace}/'],
  ['/logs/{logpath}', '/logs/{path}'],
  ['/logs/{logpath}', '/logs/{name}'],
  ['/x/{path}/y', '/x/{name}/y'],
  ['/x/{path}/{name}', '/x/{a}/{b}'],
  ['/x/{name}:{verb}', '/x/{a}:{b}'],
  ['/{a}/{b}/{PATH}/', '/{b}/{a}/{path}'],
])('SQL and the resolver agree whether %s and %s are the same path', async (one, other) => {
  const { rows } = await database.pool.query('select public.path_shape($1) = public.path_shape($2) as same', [
    one,
    other,
  ]);
  expect(rows).toEqual([{ same: identifyEndpoint('GET', one) === identifyEndpoint('GET', other) }]);
});

test('a new baseline renames stored endpoints, so that only its own endpoints count', async () => {
  const { pool } = database;
  // Without a baseline a lone lookalike keeps the name, and so does everything else.
  await load('a', { ...lookalike, '/api/v1/eggs': { get: { operationId: 'listEgg' } } });
  await write('a', uriOf('autoscaling.k8s.io'), '/api/v1/eggs');
  expect(await readLive('a')).toEqual([
    { endpoint: list, count: 1 },
    { endpoint: 'listEgg', count: 1 },
  ]);
  await loadBaseline(pool, '1.36');
  expect(await readLive('a')).toEqual([
    { endpoint: madeName, count: 1 },
    { endpoint: 'listEgg', count: 1 },
  ]);
  expect(await readHits()).toEqual([]);
  expect(await readChange()).toEqual([{ change: 0 }]);
  await write('a', uriOf('autoscaling.k8s.io'));
  await write('b', uriOf('autoscaling'), '/api/v1/namespaces/default/pods');

  // A release in which names are exchanged, and one names what was only the cluster's.
  const pods = 'listCoreV1NamespacedPod';
  const exchanged = {
    [hpas('autoscaling')]: { get: { operationId: pods } },
    '/api/v1/namespaces/{namespace}/pods': { get: { operationId: list } },
    '/api/v1/eggs/': { get: { operationId: 'listCoreV1Egg' } },
  };
  await loadOpenapi(pool, createInput('1.50.json', { paths: exchanged }));
  await pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test_hit, conf_test_hit)
     values ('1.50.0', 'a test run', '${pods}', 'e2e.test', true, false)`,
  );
  const before = await readLive('b');
  await useBaseline(pool, '1.50');
  expect(await readLive('b')).toEqual(before);
  expect(await ask(`select endpoint, sample_uri as uri from testing.endpoint_hit order by 1`)).toEqual([
    { endpoint: madeName, uri: uriOf('autoscaling.k8s.io') },
    { endpoint: list, uri: '/api/v1/namespaces/default/pods' },
    { endpoint: 'listCoreV1Egg', uri: '/api/v1/eggs' },
    { endpoint: pods, uri: uriOf('autoscaling') },
  ]);
  expect(await readHits()).toEqual([
    { endpoint: list, hits: 1 },
    { endpoint: 'listCoreV1Egg', hits: 1 },
    { endpoint: pods, hits: 1 },
  ]);
  // A writer with cached old names reads the new ones, and caches no hit under an old name.
  await write('b', uriOf('autoscaling'));
  expect((await checkDatabase(pool)).differences).toEqual([]);
  await useBaseline(pool, '1.36');
  expect(await readHits()).toEqual([
    { endpoint: list, hits: 2 },
    { endpoint: pods, hits: 1 },
  ]);
  expect((await checkDatabase(pool)).differences).toEqual([]);
});

test('finds and repairs names that are wrong after a manual change of the baseline', async () => {
  const { pool } = database;
  await load('a', lookalike);
  await write('a', uriOf('autoscaling.k8s.io'));
  await loadOpenapi(pool, createInput('1.50.json', { paths: builtIn }));
  await pool.query(`insert into public.baseline (release) values ('1.50.0')`);
  const wrong = (await checkDatabase(pool)).differences;
  expect(wrong).toEqual([
    { kind: 'name', what: `endpoints of live use: ${list} (source a)`, found: list, wanted: madeName },
  ]);
  await rebuildDatabase(pool);
  expect((await checkDatabase(pool)).differences).toEqual([]);
  expect(await readHits()).toEqual([]);
});
