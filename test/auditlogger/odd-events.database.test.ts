import { expect, test } from 'vitest';
import { podEndpoint } from './support/document.ts';
import { makeEvent, makeList, writeList } from './support/event.ts';
import { oddEvents, oddLists } from './support/odd-events.ts';
import { startReady } from './support/ready.ts';

test('missing and odd fields: stored, with an endpoint or the reason why there is none', {
  timeout: 240_000,
}, async () => {
  const { pool, checker, deliver } = await startReady();
  for (const { what, json } of oddEvents) {
    const answer = await deliver(
      writeList([makeEvent({ userAgent: 'before' }), json, makeEvent({ userAgent: 'after' })]),
    );
    expect([what, answer.status, JSON.parse(answer.text)]).toEqual([
      what,
      200,
      expect.objectContaining({ stored: 3, rejected: 0 }),
    ]);
  }
  const unexplained = await pool.query(
    `select data ->> 'odd' as what from testing.audit_event
      where (endpoint is null) <> (reason is not null) or (endpoint is null and is_hit)`,
  );
  expect(unexplained.rows).toEqual([]);
  // The columns say what the event says.
  const different = await pool.query(
    `select data ->> 'odd' as what, audit_id, verb, stage, useragent, code from testing.audit_event
      where (jsonb_typeof(data -> 'auditID') = 'string' and audit_id is distinct from data ->> 'auditID')
         or (jsonb_typeof(data -> 'verb') = 'string' and verb is distinct from data ->> 'verb')
         or (jsonb_typeof(data -> 'stage') = 'string' and stage is distinct from data ->> 'stage')
         or (jsonb_typeof(data -> 'userAgent') = 'string' and useragent is distinct from data ->> 'userAgent')
         or (data #>> '{responseStatus,code}' = '200' and code is distinct from 200)`,
  );
  expect(different.rows.map(({ what }) => what)).toEqual(['the code "200"']);
  const { rows } = await pool.query<{ what: string; said: string }>(
    `select coalesce(data ->> 'odd', 'nothing at all') as what,
            coalesce(endpoint, reason) || case when is_hit then ', a hit' else '' end as said
       from testing.audit_event where useragent is null or useragent not in ('before', 'after') order by id`,
  );
  const hits = rows.filter(({ said }) => said === `${podEndpoint}, a hit`);
  const others = rows.filter((row) => !hits.includes(row));
  expect([hits.length, ...others.map(({ what, said }) => `${what}: ${said}`)]).toMatchInlineSnapshot(`
    [
      66,
      "without requestURI: malformed request",
      "without verb: undecidable",
      "without responseStatus: listCoreV1NamespacedPod",
      "verb is null: undecidable",
      "verb is a number: undecidable",
      "verb is a list: undecidable",
      "verb is an object: undecidable",
      "verb is a flag: undecidable",
      "verb is an empty text: method not served",
      "requestURI is null: malformed request",
      "requestURI is a number: malformed request",
      "requestURI is a list: malformed request",
      "requestURI is an object: malformed request",
      "requestURI is a flag: malformed request",
      "requestURI is an empty text: malformed request",
      "responseStatus is null: listCoreV1NamespacedPod",
      "responseStatus is a number: listCoreV1NamespacedPod",
      "responseStatus is a list: listCoreV1NamespacedPod",
      "responseStatus is an object: listCoreV1NamespacedPod",
      "responseStatus is a flag: listCoreV1NamespacedPod",
      "responseStatus is an empty text: listCoreV1NamespacedPod",
      "the code 99999999999: listCoreV1NamespacedPod",
      "the code -1: listCoreV1NamespacedPod",
      "the code 0: listCoreV1NamespacedPod",
      "the code "200": listCoreV1NamespacedPod",
      "the code null: listCoreV1NamespacedPod",
      "the code 1e400: listCoreV1NamespacedPod",
      "the code []: listCoreV1NamespacedPod",
      "the path api/v1/namespaces/default/pods: malformed request",
      "the path //: non-resource path",
      "the path https://elsewhere.example.com/api/v1/namespaces/default/pods: malformed request",
      "the path /api/v1/namespaces/default/pods?dryRun=All: listCoreV1NamespacedPod",
      "the path /healthz: non-resource path",
      "the path /apis/unknown.example.com/v1/things: not in this release",
      "the path /../../etc/passwd: non-resource path",
      "an unknown verb: undecidable",
      "a verb of 100 kB: undecidable",
      "nothing at all: malformed request",
    ]
  `);
  await checker.check(pool);
});

test('odd ways to write a list', async () => {
  const { pool, checker, deliver } = await startReady();
  for (const { what, write, events } of oddLists) {
    const items = Array.from({ length: 3 }, () => JSON.stringify(makeEvent({ odd: what })));
    const answer = await deliver(Buffer.from(write(items.join(', '))));
    expect([what, answer.status, JSON.parse(answer.text)]).toEqual([
      what,
      200,
      expect.objectContaining({ stored: events, rejected: 0 }),
    ]);
  }
  await checker.check(pool);
});

test('a single event, and an auditID that all events share', async () => {
  const { pool, checker, deliver } = await startReady();
  const single = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', metadata: {}, ...makeEvent() };
  expect(await deliver(Buffer.from(JSON.stringify(single)))).toMatchObject({ status: 200 });
  expect(await deliver(makeList(400, { auditID: 'the same' }))).toMatchObject({ status: 200 });
  const { rows } = await pool.query(
    `select count(*)::int as events, count(distinct audit_id)::int as requests from testing.audit_event`,
  );
  expect(rows).toEqual([{ events: 401, requests: 2 }]);
  await checker.check(pool);
});

test('stores times of any age exactly, or rejects the event', async () => {
  const { pool, checker, deliver } = await startReady();
  const times = [
    '0001-01-01T00:00:00.000000Z',
    '0001-01-01T00:00:00Z',
    '0099-12-31T23:59:59.000000Z',
    '0099-12-31T23:59:59.000001Z',
    '1715-01-01T00:00:00.000001Z',
    '9999-12-31T23:59:59.000000Z',
    '10000-01-01T00:00:00Z',
    '10000-01-01T00:00:00.000001Z',
  ];
  expect(await deliver(writeList(times.map((time) => makeEvent({ requestReceivedTimestamp: time }))))).toMatchObject({
    status: 200,
  });
  const { rows } = await pool.query<{ time: string }>(
    `select data ->> 'requestReceivedTimestamp' as time from testing.audit_event
      where requested_at = (data ->> 'requestReceivedTimestamp')::timestamptz order by id`,
  );
  expect(rows.map(({ time }) => time)).toEqual(times.filter((_, at) => at !== 3 && at !== 7));
  expect((await pool.query('select reason from testing.rejected_event')).rows).toEqual([
    { reason: 'a time that cannot be kept to the microsecond' },
    { reason: 'a time that cannot be kept to the microsecond' },
  ]);
  await checker.check(pool);
});

const noLists: readonly [what: string, body: string | Buffer][] = [
  ['nothing', ''],
  ['a byte order mark', Buffer.concat([Buffer.from('\ufeff'), makeList(1)])],
  ['a comma too many', makeList(1).toString().replace(']}', ',]}')],
  ['a NUL in a text', makeList(1).toString().replace('lists', 'li\0ts')],
  ['a line break in a text', makeList(1).toString().replace('lists', 'li\nts')],
  ['an invalid number', makeList(1).toString().replace('"code":200', '"code":NaN')],
  ['a number with a zero before it', makeList(1).toString().replace('"code":200', '"code":0200')],
  ['a comment', makeList(1).toString().replace('{', '{/* a list */')],
  ['two lists', Buffer.concat([makeList(1), makeList(1)])],
  ['a list that is cut', makeList(2).subarray(0, -30)],
  ['no items', '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{}}'],
  ['items that are called Items', '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","Items":[{"auditID":"a"}]}'],
  ['items that are an object', '{"kind":"EventList","items":{}}'],
  ['two lists in one', makeList(1).toString().replace('"items":', '"items":[],"it\\u0065ms":')],
  ['another kind', '{"kind":"PodList","apiVersion":"v1","items":[]}'],
  ['another group', '{"kind":"EventList","apiVersion":"events.k8s.io/v1","items":[]}'],
  ['no kind', '{"items":[]}'],
  ['a list of events without a list around it', `[${JSON.stringify(makeEvent())}]`],
  ['half a megabyte of open brackets', '['.repeat(500_000)],
];

test('a body that is not a list of events: 400 with a sentence, its beginning is kept, nothing is stored', async () => {
  const { pool, checker, sender, deliver } = await startReady();
  for (const [what, body] of noLists) {
    const answer = await sender.send(body);
    expect([what, answer.status, answer.text]).toEqual([what, 400, expect.stringMatching(/^[A-Z].*\.\n?$/)]);
    expect([what, (await sender.send(body)).status]).toEqual([what, 400]);
  }
  await expect
    .poll(async () => (await pool.query('select from testing.rejected_body')).rowCount, { timeout: 30_000 })
    .toBe(noLists.length);
  const { rows } = await pool.query<Record<string, unknown>>('select * from testing.rejected_body');
  const starts = rows.flatMap((row) => Object.values(row).filter((value) => Buffer.isBuffer(value)));
  for (const [what, body] of noLists) {
    const start = Buffer.from(body).subarray(0, 1024);
    expect([what, starts.some((kept) => kept.equals(start))]).toEqual([what, true]);
  }
  expect(await deliver(makeList(1))).toMatchObject({ status: 200 });
  expect((await pool.query('select from testing.held_event')).rowCount).toBe(1);
  await checker.check(pool);
});
