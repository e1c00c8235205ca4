import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askArrivedEvents, createEventWriter, withTransaction } from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const patienceMs = 20_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.empty());
afterAll(() => database.drop());

async function write(source: string, events: readonly string[]): Promise<void> {
  const writer = createEventWriter(database.pool, { source });
  await writer.write(writeBody(events));
  await writer.close();
}

test('reports a cluster without events', async () => {
  await write('another', [writeEvent()]);
  expect(await askArrivedEvents(database.pool, 'a cluster', patienceMs)).toEqual({
    count: 0,
    estimated: false,
    lastAt: null,
    lastAgeSeconds: null,
  });
});

test('counts the events of the cluster, and returns the time of the last one', async () => {
  await write('a cluster', [writeEvent({ auditID: 'a', stage: 'ResponseStarted' }), writeEvent({ auditID: 'a' })]);
  await write('a cluster', [writeEvent({ auditID: 'b' })]);
  await write('another', [writeEvent()]);
  await database.pool.query(`
    update testing.held_event set ingested_at = case
      when source = 'another' then '2026-11-21 09:00'
      when audit_id = 'a' then '2026-11-21 07:00'
      else '2026-11-21 08:00:00.123' end::timestamp`);
  const { lastAgeSeconds, ...arrived } = await askArrivedEvents(database.pool, 'a cluster', patienceMs);
  expect(arrived).toEqual({ count: 3, estimated: false, lastAt: new Date('2026-11-21T08:00:00.123Z') });
  const { rows } = await database.pool.query<{ age: number }>(
    `select extract(epoch from now() - '2026-11-21T08:00:00.123Z')::float8 as age`,
  );
  expect(lastAgeSeconds).toBeLessThanOrEqual(rows[0]?.age ?? 0);
});

test('returns an estimate if counting takes too long, and restores the connection', async () => {
  // The estimate is the number of numbers that were given out.
  await database.pool.query(`select setval('testing.held_event_id', 1, false)`);
  await write('a cluster', [writeEvent(), writeEvent()]);
  await write('another', [writeEvent()]);
  await withTransaction(database.pool, async (client) => {
    await client.query('lock table testing.audit_event');
    expect(await askArrivedEvents(database.pool, 'a cluster', 50)).toEqual({
      count: 3,
      estimated: true,
      lastAt: null,
      lastAgeSeconds: null,
    });
  });
  const { rows } = await database.pool.query('show statement_timeout');
  expect(rows).toEqual([{ statement_timeout: '0' }]);
});
