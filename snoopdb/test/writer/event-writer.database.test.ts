import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createEventWriter,
  explainDatabaseProblem,
  type EventWriter,
  isDatabaseAway,
  loadClusterDocument,
  openPool,
  readClusterDocument,
  resolveAgain,
  saveRejectedBodies,
  useNearestBaseline,
} from '../../src/index.ts';
import { lockHitsExclusive } from '../../src/postgres/locks.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { clusterLogs } from '../support/audit-logs.ts';
import { documentWithWidgets, smallDocument } from '../support/small-document.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const source = 'a cluster';
let database: TestDatabase;
let writer: EventWriter;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  writer = createEventWriter(database.pool, { source });
});
afterEach(async () => {
  await writer.close();
  await database.empty();
});
afterAll(() => database.drop());

const loadDocument = (document: unknown, version = 'v1.36.3') =>
  loadClusterDocument(database.pool, { source, version, etag: 'e', document });

async function ask(sql: string): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

describe('a body', () => {
  test('is stored with everything derived from it', async () => {
    await loadDocument(smallDocument);
    const body = writeBody([
      writeEvent({ auditID: 'a', stage: 'RequestReceived', responseStatus: undefined }),
      writeEvent({ auditID: 'a', n: 1 }).replace('"n":1', '"n":12345678901234567890'),
      writeEvent({ auditID: 'b', userAgent: 'e2e.test/v1 -- it works [Conformance]', verb: 'create', code: 201 }),
      writeEvent({ auditID: 'c', requestURI: '/healthz', verb: 'get', userAgent: undefined }),
      writeEvent({ auditID: 'd', verb: 'create', requestURI: '/api/v1/namespaces/default/pods?dryRun=All', code: 201 }),
      writeEvent({ auditID: 'e', verb: 'get', requestURI: '/api/v1/namespaces/a/pods/b/proxy/c', code: 503 }),
    ]);
    expect(await writer.write(body)).toMatchObject({ stored: 6, repeated: false, unresolved: 1, rejected: 0 });
    expect(await ask('select distinct release from testing.audit_event')).toEqual(['1.36.3']);
    expect(
      await ask(`select audit_id, stage, verb, code, endpoint, reason, ambiguous, is_hit, is_dry_run, test, test_hit, conf_test_hit
                   from testing.audit_event order by id`),
    ).toEqual([
      ['a', 'RequestReceived', 'list', null, 'listNamespacedPod', null, null, false, false, 'a test', false, false],
      ['a', 'ResponseComplete', 'list', 200, 'listNamespacedPod', null, null, true, false, 'a test', false, false],
      [
        'b',
        'ResponseComplete',
        'create',
        201,
        'createNamespacedPod',
        null,
        null,
        true,
        false,
        'it works [Conformance]',
        true,
        true,
      ],
      ['c', 'ResponseComplete', 'get', 200, null, 'non-resource path', null, false, false, null, false, false],
      ['d', 'ResponseComplete', 'create', 201, 'createNamespacedPod', null, null, false, true, 'a test', false, false],
      [
        'e',
        'ResponseComplete',
        'get',
        503,
        'connectGetPodProxyPath',
        null,
        'GET or HEAD',
        false,
        false,
        'a test',
        false,
        false,
      ],
    ]);
    expect(await ask(`select data ->> 'n' from testing.audit_event where data ? 'n'`)).toEqual([
      '12345678901234567890',
    ]);
    expect(
      await ask(
        'select source, release, endpoint, useragent, test, test_hit from testing.endpoint_hit order by endpoint',
      ),
    ).toEqual([
      [source, '1.36.3', 'createNamespacedPod', 'e2e.test/v1', 'it works [Conformance]', true],
      [source, '1.36.3', 'listNamespacedPod', 'live-test-writing', 'a test', false],
    ]);
  });

  test('sent twice is stored once, by this writer or another', async () => {
    const body = writeBody([writeEvent(), writeEvent()]);
    expect(await writer.write(body)).toMatchObject({ stored: 2, repeated: false });
    expect(await writer.write(body)).toMatchObject({ stored: 0, repeated: true, unresolved: 0, rejected: 0 });
    const other = createEventWriter(database.pool, { source });
    expect(await other.write(body)).toMatchObject({ repeated: true });
    expect(await ask('select count(*)::int from testing.audit_event')).toEqual([2]);
  });

  test('sent many times at once is stored once', async () => {
    await loadDocument(smallDocument);
    const writers = Array.from({ length: 3 }, () => createEventWriter(database.pool, { source }));
    const bodies = Array.from({ length: 10 }, (_, body) =>
      writeBody(
        Array.from({ length: 50 }, (_event, event) => writeEvent({ userAgent: `agent ${(event + body * 7) % 60}` })),
      ),
    );
    const results = await Promise.all(
      bodies.flatMap((body) => writers.flatMap((one) => [one.write(body), one.write(body)])),
    );
    expect(results.filter((result) => !result.repeated)).toHaveLength(10);
    expect(await ask('select count(*)::int, count(distinct audit_id)::int from testing.audit_event')).toEqual([
      [500, 500],
    ]);
    expect(await ask('select count(*)::int from testing.endpoint_hit')).toEqual([60]);
  });

  test('of another source is another body', async () => {
    const body = writeBody([writeEvent()]);
    await writer.write(body);
    const other = createEventWriter(database.pool, { source: 'another cluster' });
    expect(await other.write(body)).toMatchObject({ stored: 1, repeated: false });
  });

  test('without items is accepted; one that is not a list is refused', async () => {
    expect(await writer.write(writeBody([]))).toMatchObject({ stored: 0, repeated: false, unresolved: 0, rejected: 0 });
    await expect(writer.write(Buffer.from('{}'))).rejects.toMatchObject({ code: 'bad_body' });
    await writer.close();
    await expect(writer.write(writeBody([]))).rejects.toMatchObject({ code: 'writer_closed' });
  });

  test('with long fields and large events is stored unchanged', async () => {
    const large = 'ä'.repeat(300_000);
    const body = writeBody([
      writeEvent({ userAgent: 'x'.repeat(20_000), requestObject: { large } }),
      writeEvent({ auditID: 'after' }),
    ]);
    expect(await writer.write(body)).toMatchObject({ stored: 2 });
    expect(
      await ask(`select data -> 'requestObject' ->> 'large' = '${large}' from testing.audit_event order by id`),
    ).toEqual([true, null]);
    expect(await ask('select length(useragent) from testing.audit_event order by id')).toEqual([20_000, 27]);
  });
});

describe('an event that cannot be stored', () => {
  const culprits: [string, string | Buffer, string | null][] = [
    ['an escaped NUL', writeEvent({ auditID: 'bad', a: 'x\0' }), '22P05'],
    ['an escaped NUL in its agent', writeEvent({ auditID: 'bad', userAgent: 'live-test-writing -- \0' }), '22P05'],
    ['half a surrogate pair', writeEvent({ auditID: 'bad', a: 1 }).replace('"a":1', '"a":"\\ud83d"'), '22P02'],
    ['bytes that are not UTF-8', Buffer.from(writeEvent({ auditID: 'bad', a: '\xff' }), 'latin1'), '22021'],
    ['a number too large', writeEvent({ auditID: 'bad', a: 1 }).replace('"a":1', '"a":1e131071'), null],
    // This one is left to PostgreSQL to refuse.
    [
      'too deep nesting',
      writeEvent({ auditID: 'bad', a: 1 }).replace('"a":1', `"a":${'['.repeat(50_000)}${']'.repeat(50_000)}`),
      '54001',
    ],
  ];

  test.each(culprits)('for %s is rejected, wherever it is', async (_what, culprit, sqlstate) => {
    await loadDocument(smallDocument);
    for (const place of [0, 3, 6]) {
      const events = Array.from({ length: 6 }, () => Buffer.from(writeEvent({ userAgent: 'someone' })));
      events.splice(place, 0, Buffer.from(culprit));
      const body = Buffer.concat([
        Buffer.from(`{"kind":"EventList","n":${place},"items":[`),
        ...events.flatMap((event, index) => (index === 0 ? [event] : [Buffer.from(','), event])),
        Buffer.from(']}'),
      ]);
      expect(await writer.write(body)).toMatchObject({ stored: 6, repeated: false, unresolved: 0, rejected: 1 });
      expect(await writer.write(body)).toMatchObject({ repeated: true });
    }
    const rejected = await database.pool.query('select * from testing.rejected_event');
    expect(rejected.rows).toHaveLength(3);
    for (const row of rejected.rows) {
      expect(row).toMatchObject({
        source,
        release: '1.36.3',
        sqlstate,
        audit_id: 'bad',
        code: 200,
        endpoint: 'listNamespacedPod',
        is_hit: true,
      });
      expect(row.raw.equals(Buffer.from(culprit))).toBe(true);
    }
    expect(await ask('select count(*)::int from testing.audit_event')).toEqual([18]);
    // It counts as a hit like any other.
    expect(await ask(`select endpoint from testing.endpoint_hit where useragent like 'live-test%'`)).toEqual([
      'listNamespacedPod',
    ]);
  });

  test('with an auditID too long for an index is rejected', async () => {
    const auditID = randomBytes(5000).toString('base64');
    expect(await writer.write(writeBody([writeEvent({ auditID }), writeEvent()]))).toMatchObject({
      stored: 1,
      rejected: 1,
    });
    expect(await ask('select sqlstate, audit_id from testing.rejected_event')).toEqual([
      ['54000', auditID.slice(0, 200)],
    ]);
  });

  test('may be the only one', async () => {
    const body = writeBody(['5', writeEvent({ a: '\0' })]);
    expect(await writer.write(body)).toMatchObject({ stored: 0, rejected: 2 });
    expect(await ask('select reason from testing.rejected_event order by id')).toEqual([
      'not an object',
      'the escape \\u0000, which jsonb cannot hold',
    ]);
  });
});

describe('the document', () => {
  const widget = (name: string) =>
    writeEvent({
      auditID: name,
      verb: 'create',
      code: 201,
      requestURI: '/apis/shop.example.com/v1/namespaces/default/widgets',
    });

  test('is the baseline if the cluster has none', async () => {
    await writer.write(writeBody([writeEvent({ auditID: 'too early' })]));
    expect(await ask('select reason, release from testing.audit_event')).toEqual([['no document', null]]);
    await useNearestBaseline(database.pool, '1.36.3');
    await writer.write(writeBody([writeEvent()]));
    expect(await resolveAgain(database.pool)).toEqual({ checked: 1, resolved: 1 });
    expect(await ask('select endpoint, release from testing.audit_event')).toEqual([
      ['listCoreV1NamespacedPod', '1.36.0'],
      ['listCoreV1NamespacedPod', '1.36.0'],
    ]);
  });

  test('with a new custom resource resolves earlier events', async () => {
    expect(await loadDocument(smallDocument)).toMatchObject({ revision: 1, removed: 0, changed: true });
    await writer.write(
      writeBody([
        widget('w1'),
        widget('w2'),
        writeEvent({ requestURI: '/healthz' }),
        `{"auditID":"w3","verb":"create","stage":"ResponseComplete","requestURI":"/apis/shop.example.com/v1/namespaces/a/widgets","userAgent":"live-test-writing","responseStatus":{"code":201},"x":"\\u0000"}`,
      ]),
    );
    expect(await ask('select count(*)::int from testing.endpoint_hit')).toEqual([0]);
    expect(await resolveAgain(database.pool, source)).toEqual({ checked: 0, resolved: 0 });
    expect(await loadDocument(documentWithWidgets)).toMatchObject({ revision: 2, added: 2, removed: 0, changed: true });
    expect(await resolveAgain(database.pool, source)).toEqual({ checked: 3, resolved: 3 });
    expect(await resolveAgain(database.pool)).toEqual({ checked: 0, resolved: 0 });
    const endpoint = 'createShopExampleComV1NamespacedWidget';
    expect(
      await ask(
        `select audit_id, endpoint, is_hit, document_revision::int, reason from testing.audit_event where audit_id like 'w%' order by id`,
      ),
    ).toEqual([
      ['w1', endpoint, true, 2, null],
      ['w2', endpoint, true, 2, null],
    ]);
    expect(await ask('select endpoint, useragent, test from testing.endpoint_hit order by test')).toEqual([
      [endpoint, 'live-test-writing', 'a test'],
      [endpoint, 'live-test-writing', null],
    ]);
    // The same writer has taken the new document over, and the one that takes it away again.
    await writer.write(writeBody([widget('w4')]));
    expect(await loadDocument(smallDocument)).toMatchObject({ revision: 3, added: 0, removed: 2, changed: true });
    await writer.write(writeBody([widget('w5')]));
    expect(
      await ask(
        `select endpoint, document_revision::int from testing.audit_event where audit_id in ('w4', 'w5') order by id`,
      ),
    ).toEqual([
      [endpoint, 2],
      [endpoint, 3],
    ]);
  });

  test('that only differs in order is not a change', async () => {
    await loadDocument(smallDocument);
    const turned = { paths: Object.fromEntries(Object.entries(smallDocument.paths).reverse()) };
    expect(await loadDocument(turned, '1.36.4')).toMatchObject({ revision: 1, added: 0, removed: 0, changed: false });
    expect(await readClusterDocument(database.pool, source)).toMatchObject({
      version: '1.36.4',
      revision: 1,
      etag: 'e',
    });
    expect(await readClusterDocument(database.pool, 'nowhere')).toBe(null);
  });

  test('may be replaced while bodies are written: none fails, and finally all resolve', async () => {
    await loadDocument(smallDocument);
    const writes: Promise<unknown>[] = [];
    for (let round = 0; round < 30; round += 1) {
      writes.push(writer.write(writeBody([widget(`r${round}`), writeEvent()])));
      if (round % 10 === 5) writes.push(loadDocument(round === 15 ? smallDocument : documentWithWidgets));
    }
    await Promise.all(writes);
    await loadDocument(documentWithWidgets);
    await resolveAgain(database.pool);
    expect(await ask('select count(*)::int, count(endpoint)::int from testing.audit_event')).toEqual([[60, 60]]);
  });
});

describe('a database problem', () => {
  test('cut connection in the middle of a transaction: the body is written again', async () => {
    const pool = openPool(database.url, { applicationName: 'doomed', max: 3 });
    const doomed = createEventWriter(pool, { source });
    await doomed.write(writeBody([writeEvent()]));
    // A lock that the writer waits for, so that its connection is killed in the middle of a transaction.
    const blocker = await database.pool.connect();
    await blocker.query('begin; lock table testing.held_event in access exclusive mode');
    const body = writeBody(Array.from({ length: 500 }, () => writeEvent()));
    const writing = doomed.write(body);
    for (;;) {
      // Not in the blocker's transaction: that one sees the connections as they were when it first looked.
      const killed = await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'doomed' and wait_event_type = 'Lock'`,
      );
      if (killed.rowCount === 1) break;
    }
    await blocker.query('rollback');
    blocker.release();
    expect(await writing).toMatchObject({ stored: 500, repeated: false });
    expect(await ask('select count(*)::int from testing.audit_event')).toEqual([501]);
    await doomed.close();
    await pool.end();
  });

  test('unavailable database: every waiting body fails at once, and none is lost later', async () => {
    const pool = openPool('postgresql://nobody@127.0.0.1:1/nothing', { max: 3 });
    const refused = createEventWriter(pool, { source });
    const bodies = Array.from({ length: 50 }, () => writeBody([writeEvent()]));
    const outcomes = await Promise.allSettled(bodies.map((body) => refused.write(body)));
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && isDatabaseAway(outcome.reason))).toEqual(
      bodies.map(() => true),
    );
    await refused.close();
    await pool.end();
    await Promise.all(bodies.map((body) => writer.write(body)));
    expect(await ask('select count(*)::int from testing.audit_event')).toEqual([50]);
  });
});

test('long lock: the body fails, and no other work does', async () => {
  const holder = await database.pool.connect();
  // As a rebuild of all hits does.
  await holder.query(`begin; ${lockHitsExclusive()}`);
  const bodies = [writeBody([writeEvent()]), writeBody([writeEvent()])];
  const outcomes = await Promise.allSettled(bodies.map((body) => writer.write(body)));
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(['55P03', '55P03']);
  expect(explainDatabaseProblem(outcomes[0]?.status === 'rejected' ? outcomes[0].reason : null)).toBe(null);
  await holder.query('rollback');
  holder.release();
  for (const body of bodies) expect(await writer.write(body)).toMatchObject({ stored: 1, repeated: false });
});

describe('a large body', () => {
  test('is stored completely: its events in order, others rejected', async () => {
    await loadDocument(smallDocument);
    const events = Array.from({ length: 12_000 }, (_, n) =>
      n % 1000 === 7 ? writeEvent({ n, auditID: 'odd' }).replace('"n":', '"nul":"\\u0000","n":') : writeEvent({ n }),
    );
    const body = writeBody(events);
    const small = writeBody([writeEvent({ auditID: 'beside' })]);
    const [large, beside] = await Promise.all([writer.write(body), writer.write(small)]);
    expect(large).toMatchObject({ events: 12_000, stored: 11_988, rejected: 12, unresolved: 0, repeated: false });
    expect(large.stagedAt.length).toBeGreaterThan(300);
    expect(beside).toMatchObject({ stored: 1 });
    expect(
      await ask(`select count(*)::int, count(distinct data ->> 'n')::int,
                        bool_and(previous is null or previous < (data ->> 'n')::int)
                   from (select data, lag((data ->> 'n')::int) over (order by id) as previous
                           from testing.audit_event where audit_id <> 'beside') as event`),
    ).toEqual([[11_988, 11_988, true]]);
    expect(await ask('select count(*)::int, min(sqlstate) from testing.rejected_event')).toEqual([[12, '22P05']]);
    expect(await writer.write(body)).toMatchObject({ events: 12_000, stored: 0, repeated: true });
  });

  test('that is damaged at its end leaves nothing behind', async () => {
    const body = writeBody(Array.from({ length: 6000 }, () => writeEvent()));
    await expect(writer.write(body.subarray(0, -3))).rejects.toMatchObject({ code: 'bad_body' });
    expect(await ask('select count(*)::int from testing.audit_event')).toEqual([0]);
    expect(await ask('select count(*)::int from testing.body_ledger')).toEqual([0]);
  });

  test('with too many events is refused', async () => {
    const body = Buffer.from(`{"kind":"EventList","items":[${'{},'.repeat(1_000_000)}{}]}`);
    await expect(writer.write(body)).rejects.toMatchObject({ code: 'too_many_events' });
  });

  test('with events that PostgreSQL refuses is split', async () => {
    // Known flaws are not offered to PostgreSQL: this one is unknown.
    const table = 'alter table testing.held_event';
    await database.pool.query(`${table} add constraint odd check ((data ->> 'odd')::integer is distinct from 0)`);
    try {
      const events = Array.from({ length: 5100 }, (_, n) => writeEvent(n % 2000 === 9 ? { n, odd: 'text' } : { n }));
      expect(await writer.write(writeBody(events))).toMatchObject({ stored: 5097, rejected: 3 });
      expect(await ask('select distinct sqlstate from testing.rejected_event')).toEqual(['22P02']);
    } finally {
      await database.pool.query(`${table} drop constraint odd`);
    }
  });

  test('with more than 10,000 events that cannot be stored is refused completely', async () => {
    const odd = '{"a":"\\u0000"}';
    const write = (many: number) =>
      writer.write(writeBody([writeEvent(), ...Array.from({ length: many }, () => odd), writeEvent()]));
    expect(await write(10_000)).toMatchObject({ events: 10_002, stored: 2, rejected: 10_000 });
    await expect(write(10_001)).rejects.toMatchObject({
      code: 'too_many_rejected',
      message: expect.stringContaining('More than 10,000 events of the body cannot be stored'),
    });
    expect(await ask('select count(*)::int from testing.audit_event')).toEqual([2]);
    expect(await ask('select count(*)::int from testing.rejected_event')).toEqual([10_000]);
    expect(await ask('select count(*)::int from testing.body_ledger')).toEqual([1]);
  });
});

test('stores many concurrent bodies of several sources, some repeated, once each', async () => {
  await loadDocument(smallDocument);
  const other = createEventWriter(database.pool, { source });
  const bodies = Array.from({ length: 60 }, (_, n) => ({
    bytes: writeBody([writeEvent({ n, userAgent: `agent ${n % 7}` }), writeEvent({ n: -n })]),
    source: ['a cluster', 'another', 'a third'][n % 3] ?? '',
  }));
  const writes = [...bodies, ...bodies.toReversed(), ...bodies].map(({ bytes, source: of }, n) =>
    (n % 2 === 0 ? writer : other).write(bytes, { source: of }),
  );
  const results = await Promise.all(writes);
  expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(120);
  expect(await ask('select source, count(*)::int from testing.audit_event group by 1 order by 1')).toEqual([
    ['a cluster', 40],
    ['a third', 40],
    ['another', 40],
  ]);
  await other.close();
});

test('keeps bodies that are not events: one row for each hash, the last thousand', async () => {
  const make = (n: number) => ({
    source,
    sha256: Buffer.from(`hash ${n}`),
    start: Buffer.from(`${n} `.repeat(1000)),
    bytes: 5000,
    reason: 'no JSON',
    seen: 1,
  });
  await saveRejectedBodies(database.pool, [make(0), make(1)]);
  await saveRejectedBodies(database.pool, [{ ...make(1), seen: 4 }]);
  expect(await ask('select seen::int, octet_length(start) from testing.rejected_body order by sha256')).toEqual([
    [1, 1024],
    [5, 1024],
  ]);
  await saveRejectedBodies(
    database.pool,
    Array.from({ length: 1100 }, (_, n) => make(n + 2)),
  );
  expect(await ask('select count(*)::int from testing.rejected_body')).toEqual([1000]);
});

test.each(clusterLogs)('stores and resolves the events of a cluster: $name', async ({ lines, events, resolved }) => {
  await useNearestBaseline(database.pool, '1.36.0');
  const result = await writer.write(writeBody(lines));
  expect(result).toMatchObject({ stored: events, unresolved: events - resolved, rejected: 0 });
  expect(
    await ask(
      `select distinct reason, data ->> 'requestURI' from testing.audit_event where reason is not null and reason <> 'non-resource path'`,
    ),
  ).toEqual([]);
});
