import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createEventWriter,
  runLiveTableUpkeep,
  type LiveBounds,
  openPool,
  readLiveFill,
  useNearestBaseline,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import {
  terminateBackends,
  loadSmallDocument,
  smallBounds,
  source,
  startLiveTableUser,
  waitUntil,
  writeRequests,
} from '../support/live-table.ts';
import { createTestRandom } from '../support/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => loadSmallDocument(database.pool));
afterEach(() => database.checkAndEmpty());
afterAll(() => database.drop());

async function ask(sql: string): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

const held = 'select count(*)::int from testing.held_event';
const droppedRows = 'select coalesce(sum(rows), 0)::int from testing.held_partition where dropped_at is not null';
const liveRequests = `
  select coalesce(sum(requests), 0)::int from (
    select count(distinct (live_agent, endpoint, audit_id)) as requests from testing.held_event where live_agent is not null and is_hit
    union all select sum(requests) from testing.dropped_request) as counted`;

test('loses and blocks nothing while four connections write', async () => {
  const { pool } = database;
  const random = createTestRandom();
  await useNearestBaseline(pool, '1.36.3');
  const [droppedBefore] = (await ask(droppedRows)) as [number];
  let isWriting = true;
  let stored = 0;
  const live = new Set<string>();
  const sealed: number[] = [];
  const dropped: number[] = [];
  const write = async (name: string): Promise<void> => {
    const writer = createEventWriter(pool, { source });
    // Until the table has been looked after often enough while they write.
    const isEnough = (): boolean => sealed.length > 3 && dropped.length > 3;
    for (let body = 0; body < 40 || (!isEnough() && body < 4000); body += 1) {
      const events = Array.from({ length: 1 + Math.floor(random() * 25) }, (_, place) => {
        const isLive = random() < 0.3;
        const auditID = `${name}-${body}-${Math.floor(place / 2)}${isLive ? 'l' : ''}`;
        if (isLive) live.add(auditID);
        return writeEvent({ auditID, n: place, userAgent: isLive ? 'live-test-writing -- a test' : 'kubectl/v1' });
      });
      const result = await writer.write(writeBody(events));
      stored += result.stored;
    }
    await writer.close();
  };
  const counts: unknown[] = [];
  const keep = async (): Promise<void> => {
    do {
      const kept = await runLiveTableUpkeep(pool, smallBounds);
      sealed.push(...kept.sealed);
      dropped.push(...kept.dropped.now);
      counts.push(...(await ask(liveRequests)));
    } while (isWriting);
  };
  const keeping = keep();
  await Promise.all(['a', 'b', 'c', 'd'].map(write));
  isWriting = false;
  await keeping;
  const kept = await runLiveTableUpkeep(pool, smallBounds);

  expect(sealed.length).toBeGreaterThan(3);
  expect(dropped.length).toBeGreaterThan(3);
  expect(kept.rows).toBeLessThanOrEqual(smallBounds.maxRows);
  const [rows] = (await ask(held)) as [number];
  expect(rows).toBe(kept.rows);
  expect((await ask(droppedRows))[0]).toBe(droppedBefore + stored - rows);
  expect(await ask(liveRequests)).toEqual([live.size]);
  // Counted at any moment, it never shrank.
  expect(counts).toEqual([...counts].sort((a, b) => Number(a) - Number(b)));
  expect(await ask(`select useragent, endpoint, test from testing.endpoint_hit order by useragent`)).toEqual([
    ['kubectl/v1', 'listCoreV1NamespacedPod', null],
    ['live-test-writing', 'listCoreV1NamespacedPod', 'a test'],
  ]);
});

test('keeps the counts of live tests when their events are removed', async () => {
  const { pool } = database;
  await useNearestBaseline(pool, '1.36.3');
  const views = 'select endpoint, hit_by_new_test::int from testing.endpoint_hit_by_new_test order by endpoint';
  const hpa = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
  await pool.query(`delete from testing.cluster`);
  await writeRequests(pool, [
    ...Array.from({ length: 30 }, (_, number) => ({ id: `r.${number}`, uri: hpa })),
    { id: 'r.x', uri: '/api/v1/nodes' },
  ]);
  const before = await ask(views);
  expect(before).toEqual([
    ['listAutoscalingV2NamespacedHorizontalPodAutoscaler', 30],
    ['listCoreV1Node', 1],
  ]);
  const tiny: LiveBounds = { ...smallBounds, maxRows: 1 };
  expect((await runLiveTableUpkeep(pool, tiny)).rows).toBe(0);
  expect(await ask(held)).toEqual([0]);
  expect(await ask(views)).toEqual(before);
  // Stages of one request on both sides of a border count once.
  await writeRequests(pool, [{ id: 's.1', uri: hpa }]);
  await runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 16 });
  await writeRequests(pool, [
    { id: 's.1', uri: `${hpa}?a` },
    { id: 's.2', uri: hpa },
  ]);
  await runLiveTableUpkeep(pool, tiny);
  expect(await ask(views)).toEqual([
    ['listAutoscalingV2NamespacedHorizontalPodAutoscaler', 32],
    ['listCoreV1Node', 1],
  ]);
});

test('each bound drops the oldest partition, but never one that is being written', async () => {
  const { pool } = database;
  const write = (name: string): Promise<number> =>
    writeRequests(
      pool,
      Array.from({ length: 10 }, (_, number) => ({ id: `${name}.${number}` })),
    );
  // Age: by the clock of the database.
  await write('old');
  await pool.query(`update testing.held_event set ingested_at = ingested_at - interval '8 days'`);
  const aged = await runLiveTableUpkeep(pool, smallBounds);
  expect([aged.sealed.length, aged.rows]).toEqual([1, 0]);
  await write('young');
  expect((await runLiveTableUpkeep(pool, smallBounds)).rows).toBe(10);

  // Size.
  const { bytes } = await readLiveFill(pool);
  const small = { ...smallBounds, maxBytes: bytes * 4 };
  await pool.query(
    `insert into testing.held_event (audit_id, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision)
     select i, false, false, jsonb_build_object('a', array(select md5(i::text || j) from generate_series(1, 100) as j)), 'a cluster', false, false, 0
       from generate_series(1, 400) as i`,
  );
  const kept = await runLiveTableUpkeep(pool, small);
  expect(kept.bytes).toBeLessThan(small.maxBytes);
  expect(kept.sealed.length).toBe(1);

  await write('current');
  const again = await runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 1000 });
  expect([again.sealed, again.dropped.now, again.rows]).toEqual([[], [], 10]);
  expect(again.bounds).toMatchObject({ maxRows: 1000, maxBytes: smallBounds.maxBytes, maxAgeMs: smallBounds.maxAgeMs });
});

test('a long reader blocks no other connection, and keeps its events', async () => {
  const { pool } = database;
  await writeRequests(
    pool,
    Array.from({ length: 30 }, (_, number) => ({ id: `a.${number}` })),
  );
  const reader = await pool.connect();
  await reader.query('begin isolation level repeatable read');
  expect((await reader.query('select from testing.audit_event')).rowCount).toBe(30);
  const keeping = runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 20 });
  await waitUntil(pool, 'select from pg_inherits where inhdetachpending');
  // Detached for everybody else; writing and reading go on.
  expect(await ask(held)).toEqual([0]);
  expect(await writeRequests(pool, [{ id: 'b.1' }])).toBe(1);
  expect(await ask(held)).toEqual([1]);
  expect((await reader.query('select from testing.audit_event')).rowCount).toBe(30);
  expect((await runLiveTableUpkeep(pool, smallBounds)).busy).toBe(true);
  await reader.query('commit');
  reader.release();
  expect((await keeping).dropped.now).toHaveLength(1);
});

test('finishes what a killed process left half dropped', async () => {
  const { pool, url } = database;
  const [droppedBefore] = (await ask(droppedRows)) as [number];
  await writeRequests(
    pool,
    Array.from({ length: 30 }, (_, number) => ({ id: `a.${number}` })),
  );
  const reader = await pool.connect();
  await reader.query('begin; select from testing.audit_event');
  const { child, ended } = startLiveTableUser(url, 'keep', { ...smallBounds, maxRows: 20 });
  await waitUntil(pool, 'select from pg_inherits where inhdetachpending');
  child.kill('SIGKILL');
  await ended;
  await terminateBackends(pool);
  await reader.query('commit');
  reader.release();
  expect(await ask('select count(*)::int from pg_inherits where inhdetachpending')).toEqual([1]);
  expect(await ask(liveRequests)).toEqual([30]);
  const kept = await runLiveTableUpkeep(pool, smallBounds);
  expect(kept.dropped.now).toHaveLength(1);
  expect(await ask(liveRequests)).toEqual([30]);
  expect((await ask(droppedRows))[0]).toBe(droppedBefore + 30);
  expect(await ask(`select count(*)::int from pg_class where relname ~ '^held_event_[0-9]+$'`)).toEqual([2]);
});

test('a signal ends upkeep, even while it waits', async () => {
  const { pool } = database;
  const keepers = openPool(database.url, { max: 2 });
  await writeRequests(
    pool,
    Array.from({ length: 30 }, (_, number) => ({ id: `a.${number}` })),
  );
  const reader = await pool.connect();
  await reader.query('begin; select from testing.audit_event');
  const stop = new AbortController();
  const keeping = runLiveTableUpkeep(keepers, { ...smallBounds, maxRows: 20 }, stop.signal);
  await waitUntil(pool, 'select from pg_inherits where inhdetachpending');
  stop.abort(new Error('enough'));
  await expect(keeping).rejects.toThrow('enough');
  await keepers.end();
  await reader.query('commit');
  reader.release();
  expect((await runLiveTableUpkeep(pool, smallBounds)).dropped.now).toHaveLength(1);
});

test('keeps the ledger of a day, limits rejected events, and keeps their hits', async () => {
  const { pool } = database;
  await writeRequests(pool, [{ id: 'a.1' }]);
  await writeRequests(pool, [{ id: 'a.2' }]);
  await pool.query(
    `update testing.body_ledger set stored_at = now() - interval '25 hours' where ctid = (select min(ctid) from testing.body_ledger)`,
  );
  const broken = (id: string, verb: string): string =>
    writeEvent({ auditID: id, verb, large: 'x'.repeat(5000) }).replace('xx', '\\u0000');
  const writer = createEventWriter(pool, { source });
  for (const [number, verb] of ['list', 'create', 'deletecollection', 'list'].entries()) {
    expect((await writer.write(writeBody([broken(`b.${number}`, verb)]))).rejected).toBe(1);
  }
  await writer.close();
  await runLiveTableUpkeep(pool, smallBounds, undefined, () => true);
  expect(await ask('select count(*)::int from testing.body_ledger')).toEqual([6]);
  const kept = await runLiveTableUpkeep(pool, { ...smallBounds, maxRejectedRows: 2 });
  expect(kept.rejected.rows).toBe(2);
  expect(await ask('select audit_id from testing.rejected_event order by id')).toEqual(['b.2', 'b.3']);
  expect(await ask('select count(*)::int from testing.body_ledger')).toEqual([5]);
  expect(await ask('select count(*)::int from testing.endpoint_hit')).toEqual([3]);
  expect((await runLiveTableUpkeep(pool, { ...smallBounds, maxRejectedBytes: 6000 })).rejected.rows).toBe(1);
});
