import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createEventWriter, type EventFollower, createEventFollower, runLiveTableUpkeep } from '../../src/index.ts';
import { OpenNumbers } from '../../src/questions/open-numbers.ts';
import { readQuerySql } from '../../src/postgres/query-file.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { loadSmallDocument, smallBounds, writeRequests } from '../support/live-table.ts';
import { createTestRandom } from '../support/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.empty());
afterAll(() => database.drop());

async function beginToFollow(options?: { maxEvents: number }): Promise<EventFollower> {
  const follower = createEventFollower(options);
  await follower.read(database.pool);
  return follower;
}

/** The audit ids that come until there are no more. */
async function drain(follower: EventFollower): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const { events, more } = await follower.read(database.pool);
    seen.push(...events.map(({ auditId }) => auditId ?? ''));
    if (!more) return seen;
  }
}

async function beginTransaction(): Promise<PoolClient> {
  const client = await database.pool.connect();
  await client.query('begin');
  return client;
}

async function end(client: PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  await client.query(how);
  client.release();
}

/** Takes numbers without a transaction id before the first of them, as a COPY without the ledger would. */
async function insert(client: Pick<PoolClient, 'query'>, ...auditIds: string[]): Promise<void> {
  await client.query(
    `insert into testing.held_event (audit_id, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision)
     select audit_id, false, false, '{}', 'a cluster', false, false, 0 from unnest($1::text[]) as given (audit_id)`,
    [auditIds],
  );
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

/** How many events were read. */
function countRead(node: PlanNode): number {
  const own = node['Relation Name']?.match(/^held_event_\d+$/) ? node['Actual Rows'] * node['Actual Loops'] : 0;
  return (node.Plans ?? []).reduce((sum, part) => sum + countRead(part), own);
}

test.each<[string, string, boolean]>([
  ['kube-apiserver/v1.36.3 (linux/amd64) kubernetes/1a2b', 'system:apiserver', true],
  ['kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/1a2b', 'kubernetes-admin', true],
  ['kubelet/v1.36.3 (linux/amd64)', 'ada', true],
  ['kwok/v0.7.0', 'ada', true],
  ['agent/1', 'system:kube-controller-manager', true],
  ['agent/1', 'system:kube-scheduler', true],
  ['agent/1', 'system:node:snoop-control-plane', true],
  ['agent/1', 'system:serviceaccount:kube-system:namespace-controller', true],
  ['kubelet-like/1', 'system:nodes', false],
  ['my-operator/1', 'system:serviceaccount:default:operator', false],
  ['kubectl/v1.36.3', 'kubernetes-admin', false],
])('tells whether %s of %s is a controller: %s', async (userAgent, username, isController) => {
  const follower = await beginToFollow();
  const writer = createEventWriter(database.pool, { source: 'a cluster' });
  await writer.write(writeBody([writeEvent({ auditID: 'a', userAgent, user: { username } })]));
  await writer.close();
  const { events } = await follower.read(database.pool);
  expect(events).toMatchObject([{ isController }]);
});

test('begins with the events stored since a time, also in older partitions, then follows', async () => {
  const { pool } = database;
  // Every minute of the last hour, in two partitions; neighbours are out of order.
  await pool.query('select setval($1, 1)', ['testing.held_event_id']);
  await pool.query(
    `insert into testing.held_event (id, audit_id, ingested_at, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision)
     select case when number > 30 then 1000000000 else 0 end + (number # 1) * 7 + 1, 'minute ' || 60 - number,
            now() at time zone 'utc' - make_interval(mins => 60 - number, secs => 1), false, false, '{}', 'a cluster', false, false, 0
       from generate_series(0, 60) as number`,
  );
  await pool.query('select setval($1, 1000001000)', ['testing.held_event_id']);
  const minutes = async (ago: number): Promise<string[]> => {
    const follower = createEventFollower({ since: new Date(Date.now() - ago * 60_000), maxEvents: 7 });
    await follower.read(pool);
    return drain(follower);
  };
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `minute ${index}`).sort();
  for (const ago of [0, 1, 5, 29, 30, 31, 45, 61, 1000]) {
    expect((await minutes(ago)).sort(), `${ago}`).toEqual(names(Math.min(ago, 61)));
  }
  const follower = createEventFollower({ since: new Date(Date.now() - 120_000) });
  await follower.read(pool);
  expect((await drain(follower)).sort()).toEqual(['minute 0', 'minute 1']);
  await insert(pool, 'new');
  expect(await drain(follower)).toEqual(['new']);
});

test('begins now, and returns the fields of an event', async () => {
  await loadSmallDocument(database.pool);
  await writeRequests(database.pool, [{ id: 'before' }]);
  const follower = await beginToFollow();
  expect(await drain(follower)).toEqual([]);
  const writer = createEventWriter(database.pool, { source: 'a cluster' });
  await writer.write(
    writeBody([
      writeEvent({ auditID: 'a', requestURI: '/api/v1/namespaces/x/pods?limit=1' }),
      writeEvent({ auditID: 'b', requestURI: '/nowhere', verb: 'get', userAgent: 'curl/8', code: 404 }),
    ]),
  );
  await writer.close();
  const { events, more, isOtherDatabase } = await follower.read(database.pool);
  expect({ more, isOtherDatabase }).toEqual({ more: false, isOtherDatabase: false });
  const plain = events.map(({ id: _id, storedAt, ...event }) => ({
    ...event,
    isStored: !Number.isNaN(Date.parse(storedAt)),
  }));
  expect(plain).toMatchInlineSnapshot(`
    [
      {
        "agent": "live-test-writing -- a test",
        "ambiguous": null,
        "auditId": "a",
        "code": 200,
        "endpoint": "listNamespacedPod",
        "isController": false,
        "isDryRun": false,
        "isHit": true,
        "isStored": true,
        "path": "/api/v1/namespaces/x/pods?limit=1",
        "reason": null,
        "source": "a cluster",
        "stage": "ResponseComplete",
        "stagedAt": "2026-11-21T03:05:01.004000Z",
        "test": "a test",
        "user": "admin",
        "verb": "list",
      },
      {
        "agent": "curl/8",
        "ambiguous": null,
        "auditId": "b",
        "code": 404,
        "endpoint": null,
        "isController": false,
        "isDryRun": false,
        "isHit": false,
        "isStored": true,
        "path": "/nowhere",
        "reason": "non-resource path",
        "source": "a cluster",
        "stage": "ResponseComplete",
        "stagedAt": "2026-11-21T03:05:01.004000Z",
        "test": null,
        "user": "admin",
        "verb": "get",
      },
    ]
  `);
  expect(await drain(follower)).toEqual([]);
});

describe('follows transactions that commit in another order than their numbers', () => {
  test('the later numbers first', async () => {
    const follower = await beginToFollow();
    const [first, second] = [await beginTransaction(), await beginTransaction()];
    // The second has the lower transaction id, and the higher numbers.
    await second.query('select pg_current_xact_id()');
    await insert(first, '1');
    await insert(second, '2');
    await end(second, 'commit');
    expect(await drain(follower)).toEqual(['2']);
    expect(await drain(follower)).toEqual([]);
    await end(first, 'commit');
    expect(await drain(follower)).toEqual(['1']);
    expect(await drain(follower)).toEqual([]);
  });

  test('events that were being written at the start', async () => {
    const early = await beginTransaction();
    await insert(early, 'early');
    await insert(database.pool, 'before');
    const follower = await beginToFollow();
    await end(early, 'commit');
    expect(await drain(follower)).toEqual(['early']);
  });

  test.each([1, 2])('in random order, random numbers %i', async (stream) => {
    const random = createTestRandom(stream);
    const pick = (below: number): number => Math.floor(random() * below);
    const follower = await beginToFollow({ maxEvents: 7 });
    const committed = new Set<string>();
    const shown: string[] = [];
    const open: { client: PoolClient; ids: string[] }[] = [];
    let number = 0;
    for (let step = 0; step < 400; step += 1) {
      const what = random();
      const at = pick(open.length);
      const transaction = open[at];
      if (open.length < 6 && (what < 0.2 || transaction === undefined)) {
        open.push({ client: await beginTransaction(), ids: [] });
      } else if (transaction && what < 0.55) {
        const first = number + 1;
        const ids = Array.from({ length: 1 + pick(12) }, (_, at) => String(first + at));
        number += ids.length;
        const isTakenBack = random() < 0.2;
        if (isTakenBack) await transaction.client.query('savepoint piece');
        await insert(transaction.client, ...ids);
        if (isTakenBack) await transaction.client.query('rollback to savepoint piece');
        else transaction.ids.push(...ids);
      } else if (transaction && what < 0.67) {
        open.splice(at, 1);
        const how = random() < 0.8 ? 'commit' : 'rollback';
        await end(transaction.client, how);
        if (how === 'commit') for (const id of transaction.ids) committed.add(id);
      } else {
        const { events, more } = await follower.read(database.pool);
        shown.push(...events.map(({ auditId }) => auditId ?? ''));
        // Exactly the committed events are returned once `more` is false.
        if (!more) expect([...shown].sort(), `step ${step}`).toEqual([...committed].sort());
      }
    }
    for (const { client, ids } of open) {
      await end(client, 'commit');
      for (const id of ids) committed.add(id);
    }
    shown.push(...(await drain(follower)));
    expect([...shown].sort()).toEqual([...committed].sort());
  });

  test('follows several concurrent writers', async () => {
    await loadSmallDocument(database.pool);
    const follower = await beginToFollow({ maxEvents: 50 });
    const shown: string[] = [];
    let isOver = false;
    const reading = (async () => {
      while (!isOver) shown.push(...(await drain(follower)));
      shown.push(...(await drain(follower)));
    })();
    const write = async (name: string): Promise<void> => {
      for (let body = 0; body < 15; body += 1) {
        const ids = Array.from({ length: 1 + ((body * 17) % 60) }, (_, event) => `${name}-${body}-${event}`);
        await writeRequests(
          database.pool,
          ids.map((id) => ({ id })),
        );
      }
    };
    await Promise.all(['a', 'b', 'c'].map(write));
    isOver = true;
    await reading;
    const stored = await database.pool.query<{ audit_id: string }>('select audit_id from testing.audit_event');
    expect([...shown].sort()).toEqual(stored.rows.map(({ audit_id }) => audit_id).sort());
  });
});

test('keeps gaps only while a transaction may fill them', () => {
  const open = new OpenNumbers(1, []);
  open.note([3, 4, 9], true, ['one', 'two']);
  expect(open.gaps).toEqual([
    { low: 1, high: 2 },
    { low: 5, high: 8 },
  ]);
  open.note([6], true, ['two', 'three']);
  expect(open.gaps).toEqual([
    { low: 1, high: 2 },
    { low: 5, high: 5 },
    { low: 7, high: 8 },
  ]);
  // The second has ended before this look at the latest, but only the next look surely sees what it left.
  open.note([7], true, ['three']);
  expect(open.gaps).toHaveLength(3);
  open.note([1, 2], false, ['three']);
  expect(open.gaps).toEqual([
    { low: 5, high: 5 },
    { low: 8, high: 8 },
  ]);
  open.note([], true, ['three']);
  expect({ gaps: open.gaps, next: open.next }).toEqual({ gaps: [], next: 10 });
});

describe('the live table', () => {
  test('follows while partitions are sealed and dropped', async () => {
    await loadSmallDocument(database.pool);
    const follower = await beginToFollow();
    const shown: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const ids = Array.from({ length: 60 }, (_, event) => ({ id: `${round}-${event}` }));
      await writeRequests(database.pool, ids);
      await runLiveTableUpkeep(database.pool, { ...smallBounds, maxRows: 100 });
      shown.push(...(await drain(follower)));
    }
    const dropped = await database.pool.query('select from testing.held_partition where dropped_at is not null');
    expect(dropped.rowCount).toBeGreaterThan(0);
    // What went before it was read cannot be shown; nothing comes twice, and in the end it is where the table is.
    expect(new Set(shown).size).toBe(shown.length);
    await writeRequests(database.pool, [{ id: 'after' }]);
    expect(await drain(follower)).toEqual(['after']);
  });

  test('omits forgotten events', async () => {
    const follower = await beginToFollow();
    await insert(database.pool, 'run-1.1', 'run-2.1');
    await database.pool.query(`insert into testing.forgotten (run) values ('run-1')`);
    expect(await drain(follower)).toEqual(['run-2.1']);
  });

  test('a query reads only the events that it returns', async () => {
    const many = Array.from({ length: 20_000 }, (_, id) => String(id));
    await insert(database.pool, ...many);
    await database.pool.query('analyze testing.held_event');
    const { rows } = await database.pool.query<{ low: string }>('select min(id) as low from testing.held_event');
    const low = Number(rows[0]?.low);
    const explained = await database.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) ${readQuerySql('follow-events')}`,
      [[low + 3], [low + 4], low + 1000, 100],
    );
    const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan;
    const read = plan ? countRead(plan) : 0;
    // Two of the gap; whether they count among the hundred is the planner's choice.
    expect(read).toBeGreaterThanOrEqual(100);
    expect(read).toBeLessThanOrEqual(102);
  });
});

test('follows another database at the same address from now on', async () => {
  await insert(database.pool, 'before');
  const follower = await beginToFollow();
  await database.pool.query('update testing.epoch set database = gen_random_uuid()');
  await insert(database.pool, 'unseen');
  expect(await follower.read(database.pool)).toEqual({ events: [], more: false, isOtherDatabase: true });
  await insert(database.pool, 'seen');
  expect(await drain(follower)).toEqual(['seen']);
});
