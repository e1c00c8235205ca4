import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEventWriter, loadAuditLog, loadClusterDocument } from '../../src/index.ts';
import { type EventFields, writeBody, writeEvent } from '../support/audit-events.ts';
import { pipeInput } from '../support/log-files.ts';
import { createTestRandom, pick, type Random } from '../support/random.ts';
import { smallDocument } from '../support/small-document.ts';
import { loadSmallRelease } from '../support/small-release.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const release = '1.36.0';
const source = 'a source';
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await loadSmallRelease(database.pool, release);
  await loadClusterDocument(database.pool, { source, version: release, etag: 'e', document: smallDocument });
});
afterEach(() => database.empty());
afterAll(() => database.drop());

async function ask(sql: string, values: unknown[] = []): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, values, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

/** Events and the hits they prove, computed independently from what was sent. */
const reference = (events: string, rejected: string) => `
  with event as (
    select endpoint, data ->> 'userAgent' as agent, stage, verb, code, data ->> 'requestURI' as uri from ${events}
    union all
    select endpoint, useragent, stage, verb, code, request_uri from ${rejected}
  ), proven as (
    select endpoint, coalesce(agent, '') as agent, coalesce(agent ~ '^(e2e\\.test[/ ]|e2e\\.test$)', false) as is_e2e,
           coalesce(agent ~ '^(e2e\\.test([/ ]|$)|live-test)', false) as is_test
      from event
     where endpoint is not null and stage <> 'RequestReceived' and (code between 200 and 299 or code = 101)
       and uri !~ '[?&]dryRun(=|&|$)'
  ), read as (
    select endpoint, is_e2e,
           case when is_test then split_part(agent, ' -- ', 1) else agent end as useragent,
           case when is_test and strpos(agent, ' -- ') > 0
             then nullif(regexp_replace(substr(agent, strpos(agent, ' -- ') + 4), '^\\S+\\.go:[0-9]+ -- ', ''), '') end as test
      from proven)
  select distinct endpoint, useragent, test, is_e2e as test_hit,
         is_e2e and coalesce(strpos(test, '[Conformance]') > 0, false) as conf_test_hit
    from read order by 1, 2, 3`;

const hits = (schema: string) => `
  select endpoint, useragent, test, test_hit, conf_test_hit from ${schema}.endpoint_hit order by 1, 2, 3`;

function makeFields(random: Random): EventFields {
  const test = pick(random, [
    'one  [Conformance]',
    'two -- more',
    'three [Conformance] -- x',
    'k8s.io/a.go:12 -- four',
    '',
  ]);
  return {
    auditID: `id-${Math.floor(random() * 40)}`,
    stage: pick(random, ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic']),
    verb: pick(random, ['get', 'list', 'create', 'watch', 'delete', 'patch', 'update', 'deletecollection', '', 'odd']),
    requestURI:
      pick(random, [
        '/api/v1/namespaces/a/pods',
        '/api/v1/namespaces/a/pods/b',
        '/healthz',
        '/apis/example.com/v1/things/x',
        '/apis/none/v1/x',
      ]) + pick(random, ['', '?limit=5', '?dryRun=All', '?a=1&dryRun=All', '/']),
    userAgent: pick(random, [
      'kubelet/1',
      'e2e.test/v1',
      'e2e.testing',
      'live-test-writing',
      'livenessprobe/1.0',
      undefined,
    ]),
    code: pick(random, [200, 201, 101, 404, 409, 500]),
    ...(random() < 0.1 ? { a: '\0' } : {}),
    ...(test === '' ? {} : { named: test }),
  };
}

function makeEvents(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { named, ...fields } = makeFields(random);
    const userAgent =
      fields.userAgent !== undefined && named ? `${fields.userAgent} -- ${String(named)}` : fields.userAgent;
    return writeEvent({ ...fields, userAgent });
  });
}

test('live and loaded events give the hits that they prove', async () => {
  const random = createTestRandom();
  const writer = createEventWriter(database.pool, { source });
  for (let body = 0; body < 12; body += 1) await writer.write(writeBody(makeEvents(random, 60)));
  await writer.close();
  await loadAuditLog(database.pool, await pipeInput([makeEvents(random, 400).join('\n')]), { release, source });
  await loadAuditLog(database.pool, await pipeInput([makeEvents(random, 400).join('\n')]), {
    release,
    source,
    smallBytes: 1000,
  });
  const live = await ask(hits('testing'));
  expect(live.length).toBeGreaterThan(20);
  expect(live).toEqual(await ask(reference('testing.audit_event', 'testing.rejected_event')));
  const loaded = await ask(hits('public'));
  expect(loaded.length).toBeGreaterThan(20);
  expect(loaded).toEqual(await ask(reference('public.audit_event', 'public.rejected_event')));
});

const list = (userAgent: string, more: EventFields = {}): string => writeEvent({ userAgent, ...more });
const create = (userAgent: string): string => writeEvent({ userAgent, verb: 'create', code: 201 });
const count = 'select useragent, test, count(*)::int from SCHEMA.endpoint_hit group by 1, 2 order by 1, 2';

describe('agents beyond the limit', () => {
  const named = (start: string, names: number): string[] =>
    Array.from({ length: names }, (_, n) => list(`${start}${String(n).padStart(2, '0')}`));
  const conformance = create('e2e.test/v1 -- late [Conformance]');
  const events = [...named('a', 6), ...named('live-test-', 3), ...named('e2e.test/v', 5), conformance];
  const expected = [
    ['a00', null, 1],
    ['a01', null, 1],
    ['a02', null, 1],
    ['e2e.test/other', null, 2],
    ['e2e.test/v00', null, 1],
    ['e2e.test/v01', null, 1],
    ['e2e.test/v02', null, 1],
    ['live-test-00', null, 1],
    ['live-test-01', null, 1],
    ['live-test-02', null, 1],
    ['other', null, 1],
  ];

  test('share one row, for live events', async () => {
    const writer = createEventWriter(database.pool, { source, hitLimit: 3 });
    for (const event of events) await writer.write(writeBody([event]));
    expect(await ask(count.replace('SCHEMA', 'testing'))).toEqual(expected);
    expect(
      await ask('select class, hits::int from testing.hit_quota where source = $1 order by class', [source]),
    ).toEqual([
      ['e2e', 5],
      ['live', 3],
      ['other', 4],
    ]);
    // All at once come to the same.
    const other = createEventWriter(database.pool, { source: 'another', hitLimit: 3 });
    await loadClusterDocument(database.pool, {
      source: 'another',
      version: release,
      etag: 'e',
      document: smallDocument,
    });
    await other.write(writeBody(events));
    expect(
      await ask(`${count.replace('SCHEMA', 'testing').replace('group', "where source = 'another' group")}`),
    ).toHaveLength(11);
    // Those that have a row go on as before.
    expect(await writer.write(writeBody([create('a00')]))).toMatchObject({ stored: 1 });
  });

  test('share one row, for the events of a file', async () => {
    for (const part of [events.slice(0, 8), events.slice(8)]) {
      await loadAuditLog(database.pool, await pipeInput([part.join('\n')]), { release, source, hitLimit: 3 });
    }
    expect(await ask(count.replace('SCHEMA', 'public'))).toEqual(expected);
    expect(
      await ask(
        `select endpoint, conf_test_hit from public.endpoint_hit where useragent = 'e2e.test/other' order by 1`,
      ),
    ).toEqual([
      ['createNamespacedPod', true],
      ['listNamespacedPod', false],
    ]);
  });
});

describe('a test name that the API server truncated', () => {
  const names = ['[sig-a] one does this [Conformance]', '[sig-a] one does that', '[sig-b] two is long [Conformance]'];
  const cut = (name: string, characters: number): string => `e2e.test/v1 -- ${name.slice(0, characters)}...TRUNCATED`;
  const events = [
    cut('[sig-b] two', 11),
    cut('[sig-a] one does', 16),
    cut('[sig-c]', 7),
    cut('[sig-b] two i\uFFFD', 99),
  ];

  test('is completed and marked if only one test name begins like it', async () => {
    for (const name of names) {
      await database.pool.query(
        `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit) values ($1, 'x', 'readThing', 'e2e.test', $2, true, false)`,
        [release, name],
      );
    }
    await database.pool.query(`update public.release_data set coverage_origin = 'a test'`);
    await loadAuditLog(database.pool, await pipeInput([events.map((agent) => list(agent)).join('\n')]), {
      release,
      source,
    });
    const writer = createEventWriter(database.pool, { source });
    await writer.write(writeBody(events.map((agent) => list(agent))));
    for (const schema of ['public', 'testing']) {
      expect(
        await ask(
          `select test, conf_test_hit, test_cut from ${schema}.endpoint_hit where source = $1 order by test collate "C"`,
          [source],
        ),
      ).toEqual([
        ['[sig-a] one does', false, true],
        ['[sig-b] two is long [Conformance]', true, true],
        ['[sig-c]', false, true],
      ]);
    }
  });
});

describe('forgotten events', () => {
  const past = '2026-01-01T00:00:00.000000Z';
  const forget = (columns: string, values: string) =>
    database.pool.query(`insert into testing.forgotten (${columns}) values (${values})`);
  const cases: [string, () => Promise<unknown>, string[]][] = [
    ['a run', () => forget('run', "'r1'"), ['b', 'c']],
    ['an agent', () => forget('agent', "'live-test-a'"), ['b', 'c']],
    ['everything', () => forget('run', 'null'), []],
  ];

  test.each(cases)('%s: make no hits when they arrive late', async (_name, mark, left) => {
    const body = (n: number): Buffer =>
      writeBody([
        list(`live-test-a -- ${n}`, { auditID: `r1.${n}`, requestReceivedTimestamp: past }),
        list(`b -- ${n}`, { auditID: `r2.${n}`, requestReceivedTimestamp: past }),
        list(`c -- ${n}`, { auditID: `r2.c${n}`, requestReceivedTimestamp: past, a: '\0' }),
      ]);
    const writer = createEventWriter(database.pool, { source });
    await writer.write(body(1));
    expect(await ask('select count(*)::int from testing.endpoint_hit')).toEqual([3]);
    await mark();
    await database.pool.query('delete from testing.endpoint_hit');
    expect(await writer.write(body(2))).toMatchObject({ stored: 2, rejected: 1 });
    expect(await ask('select count(*)::int from testing.held_event')).toEqual([4]);
    // The request time of a rejected event is not stored: it counts as requested when it was received.
    const expected = left.length === 0 ? ['c -- 2'] : left.map((agent) => `${agent} -- 2`);
    expect(await ask('select useragent from testing.endpoint_hit order by 1')).toEqual(expected);
  });

  test('are hit again by later requests, although the writer had cached the hit', async () => {
    const writer = createEventWriter(database.pool, { source });
    await writer.write(writeBody([list('live-test-a')]));
    await forget('agent', "'live-test-a'");
    await database.pool.query('delete from testing.endpoint_hit');
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await writer.write(writeBody([list('live-test-a', { requestReceivedTimestamp: later })]));
    expect(await ask('select useragent from testing.endpoint_hit')).toEqual(['live-test-a']);
  });
});

test('writers that add different agents to a new source do not deadlock', async () => {
  const agentsOf = [
    ['live-test-writing'],
    ['kubectl/v1'],
    ['live-test-writing', 'kubectl/v1'],
    ['e2e.test/v1', 'kubectl/v1'],
  ];
  for (let round = 0; round < 15; round += 1) {
    const name = `source ${round}`;
    const writers = agentsOf.map((agents) => ({ agents, writer: createEventWriter(database.pool, { source: name }) }));
    await loadClusterDocument(database.pool, { source: name, version: release, etag: 'e', document: smallDocument });
    await Promise.all(
      writers.map(({ agents, writer }) =>
        writer.write(writeBody(agents.map((userAgent) => writeEvent({ userAgent, auditID: `${round} ${agents}` })))),
      ),
    );
  }
  expect(await ask('select count(*)::int from testing.hit_quota')).toEqual([15 * 3]);
  expect(await ask('select class, sum(hits)::int from testing.hit_quota group by class order by class')).toEqual([
    ['e2e', 15],
    ['live', 15],
    ['other', 15],
  ]);
});
