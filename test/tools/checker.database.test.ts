import { randomUUID } from 'node:crypto';
import { createEventWriter, type Pool } from '@snoop/snoopdb';
import { describe, expect, test } from 'vitest';
import { listOf, listOfBytes, makeBody, makeEvents } from './bodies.ts';
import { type Checker, createChecker } from './checker.ts';
import { makeDatabase, prepareDatabase } from './database.ts';
import { cutSentEvents } from './sent-events.ts';

// A checker that finds nothing would make every test of a fault pass: each kind of loss is made here, and found.

const poison = `{"level":"Metadata","auditID":"${randomUUID()}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a\\u0000b/pods","verb":"list"}`;
const exact = makeEvents(1, { userAgent: 'exact' })[0]?.replace(
  '"code":',
  '"big":12345678901234567890123,"scale":1.50,"code":',
);

async function makeStored(bodies: readonly (string | Buffer)[]): Promise<{ pool: Pool; checker: Checker }> {
  const { pool } = await makeDatabase();
  await prepareDatabase(pool);
  const writer = createEventWriter(pool, { source: 'cluster' });
  const checker = createChecker();
  for (const body of bodies) {
    checker.sent(body);
    await writer.write(Buffer.from(body));
    checker.acknowledged(body);
  }
  await writer.close();
  return { pool, checker };
}

test('accepts events that are stored or rejected as they were sent', async () => {
  const [once = ''] = makeEvents(1);
  const { pool, checker } = await makeStored([
    makeBody(20),
    makeBody(0),
    listOf([once, ...makeEvents(2), once]),
    listOf([once]),
    listOf([exact ?? '', poison, '5']),
    listOfBytes([Buffer.from('{"auditID":"bytes","verb":"\xff"}', 'latin1'), ...makeEvents(1)]),
    makeEvents(1)[0]?.replace('{', ' {"kind":"Event","apiVersion":"audit.k8s.io/v1",') ?? '',
  ]);
  expect((await pool.query('select from testing.rejected_event')).rowCount).toBe(3);
  checker.sent(makeBody(3));
  checker.sent('no JSON');
  await checker.check(pool);
});

describe('finds', () => {
  const row =
    'release, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source, stage, verb, code, is_dry_run, is_hit, document_revision';

  test.for<[what: string, sql: string, said: RegExp]>([
    [
      'a lost event',
      'delete from testing.held_event where id = (select min(id) from testing.held_event)',
      /^1 events acknowledged and lost:\n {2}1 × event 0 of body 0 of cluster/m,
    ],
    ['a lost body', 'delete from testing.held_event', /^6 events acknowledged and lost/m],
    ['a lost rejected event', 'delete from testing.held_rejection', /^1 events acknowledged and lost:\n.*a\\u0000b/m],
    [
      'an event stored twice',
      `insert into testing.held_event (${row}) select ${row} from testing.held_event order by id limit 1`,
      /^1 events too many:\n {2}sent in 1, found 2 times \(stored\): event 0 of body 0/m,
    ],
    [
      'an event stored and rejected',
      `insert into testing.held_rejection (source, raw, reason, is_dry_run, is_hit, document_revision)
       select source, convert_to($1, 'UTF8'), '', false, false, 0 from testing.held_event limit 1`,
      /^1 events too many:\n.*found 2 times \(rejected and stored\)/m,
    ],
    [
      'a foreign event',
      `insert into testing.held_event (${row.replace('data,', '')}, data)
       select ${row.replace('data,', '')}, '{"auditID": "nobody"}' from (select *, 'nobody' from testing.held_event limit 1)`,
      /^1 events that were not sent like that:\n {2}1 × stored of cluster.*nobody/m,
    ],
    [
      'a changed number',
      `update testing.held_event set data = jsonb_set(data, '{responseStatus,big}', '12345678901234567890000') where data -> 'responseStatus' ? 'big'`,
      /1 events acknowledged and lost[\s\S]*changed/,
    ],
    [
      'a changed scale',
      `update testing.held_event set data = jsonb_set(data, '{responseStatus,scale}', '1.5') where data -> 'responseStatus' ? 'big'`,
      /1 events acknowledged and lost[\s\S]*changed/,
    ],
    [
      'another source',
      `update testing.held_event set source = 'other' where data -> 'responseStatus' ? 'big'`,
      /1 × stored of other/,
    ],
    [
      'other bytes of a rejected event',
      `update testing.held_rejection set raw = raw || ' '`,
      /1 events acknowledged and lost[\s\S]*1 events that were not sent like that:\n {2}1 × rejected/,
    ],
    ['a missing hit', 'delete from testing.endpoint_hit', /^\d wrong hits:\n {2}proven and missing: cluster \w+ /m],
    [
      'a hit of an agent that did nothing',
      `insert into testing.endpoint_hit (source, endpoint, useragent, test_hit, conf_test_hit)
       select source, endpoint, 'nobody', false, false from testing.endpoint_hit limit 1`,
      /^1 wrong hits:\n {2}stored without an event: cluster \w+ nobody --/m,
    ],
  ])('%s', async ([, sql, said]) => {
    const bodies = [makeBody(5), listOf([exact ?? '', poison])];
    const { pool, checker } = await makeStored(bodies);
    const values = sql.includes('$1') ? [cutSentEvents(Buffer.from(bodies[0] ?? ''))?.[0]?.toString()] : [];
    await pool.query(sql, values);
    await expect(checker.check(pool)).rejects.toThrow(said);
  });

  test('a partly stored body, even if it was not acknowledged', async () => {
    const { pool } = await makeStored([makeBody(2)]);
    const checker = createChecker();
    const stored = await pool.query<{ data: object }>('select data from testing.audit_event');
    checker.sent(listOf([...stored.rows.map(({ data }) => JSON.stringify(data)), ...makeEvents(1)]));
    await expect(checker.check(pool)).rejects.toThrow(/^1 bodies stored by half:\n {2}2 of 3/m);
  });

  test('an acknowledged body that is not a list of events', async () => {
    const { pool, checker } = await makeStored([]);
    checker.sent('{"kind":"EventList","items":5}');
    checker.acknowledged('{"kind":"EventList","items":5}');
    await expect(checker.check(pool)).rejects.toThrow('1 acknowledged bodies that are not lists of events');
  });

  test('an acknowledgement of a body that was not sent', () => {
    expect(() => createChecker().acknowledged(makeBody(1))).toThrow(/not reported as sent/);
  });
});

test.for<[body: string, events: string[] | null]>([
  ['{"kind":"EventList","items":[{"a":"]}\\""}, 5 ,[1,{}],"x"]}', ['{"a":"]}\\""}', '5', '[1,{}]', '"x"']],
  ['{"items":[1],"kind":"EventList","items":[2]}', ['2']],
  [' {"k\\u0069nd" : "EventList" , "it\\u0065ms" : [ ] } ', []],
  ['{"kind":"EventList"}', null],
  ['{"kind":"EventList","items":null}', []],
  [' {"kind":"Event","auditID":"a"}\n', ['{"kind":"Event","auditID":"a"}']],
  ['{"kind":"Pod"}', null],
  ['[]', null],
  ['', null],
  ['{"kind":"EventList","items":[1]', null],
  ['{"kind":"EventList","items":[1,', null],
  ['{"kind":"EventList","items":"', null],
])('cuts %s', ([body, events]) => {
  expect(cutSentEvents(Buffer.from(body))?.map(String) ?? null).toEqual(events);
});

test('generated events are as large as those of a cluster', () => {
  const [first, second] = makeEvents(2);
  expect(first).not.toBe(second);
  const bytes = Buffer.byteLength(makeBody(400)) / 400;
  expect(bytes).toBeGreaterThan(1200);
  expect(bytes).toBeLessThan(1500);
});
