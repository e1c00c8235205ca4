import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function ask(sql: string): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

test('a query for live agents reads no other event', async () => {
  await database.pool.query(
    `insert into testing.held_event (audit_id, useragent, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision)
     select i, case when i % 500 = 0 then 'live-test-writing -- a' else 'kubelet' end, false, false, '{}', 'a cluster', false, false, 0
       from generate_series(1, 20000) as i`,
  );
  await database.pool.query('analyze testing.held_event');
  for (const [question, index] of [
    [`select distinct useragent from testing.audit_event where useragent like 'live%'`, /Index/],
    [
      `select * from testing.audit_event where useragent like 'live%' and audit_id = any ('{500,1000}')`,
      /Index Cond: .*audit_id = ANY/,
    ],
    [
      `select * from testing.audit_event where useragent like 'live%' and audit_id like '50.%'`,
      /Index Cond: .*audit_id ~>=~ '50\./,
    ],
  ] as const) {
    const plan = (await ask(`explain ${question}`)).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan on held_event_0\b/);
  }
});

test('the view hides what the function calls forgotten', async () => {
  await database.pool.query(`
    insert into testing.held_event (audit_id, useragent, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision, requested_at, ingested_at)
    select audit_id, useragent, false, false, '{}', 'marks', false, false, 0, requested_at, '2026-11-21 12:00'
      from unnest(array['r1.1', 'r1', 'r10.1', 'r1.', '.r1', null, 'x']) as audit_id,
           unnest(array['live-test-writing', 'live-test-writing -- a', 'live-test-writing-too', 'kubelet -- b', 'e2e.test/v1 -- c', null]) as useragent,
           unnest(array[null, '2026-11-21 10:00', '2026-11-21 11:00', '2026-11-21 13:00']::timestamptz[]) as requested_at`);
  const marks = [
    `insert into testing.forgotten (run) values ('r1')`,
    `insert into testing.forgotten (agent, forgotten_at) values ('live-test-writing', '2026-11-21 10:30'), ('kubelet -- b', '2026-11-21 12:30')`,
    `insert into testing.forgotten (agent, forgotten_at) values ('live-test-writing', '2026-11-21 10:10')`,
    `insert into testing.forgotten (forgotten_at) values ('2026-11-21 09:00'), ('2026-11-21 10:05')`,
  ];
  const hidden: unknown[] = [];
  for (const mark of marks) {
    await database.pool.query(mark);
    const wrong = await ask(`
      select event.audit_id, event.useragent, event.requested_at from testing.held_event as event
       where source = 'marks'
         and testing.is_forgotten(audit_id, useragent, requested_at, ingested_at)
             = exists (select from testing.audit_event as seen where seen.id = event.id)`);
    expect(wrong).toEqual([]);
    hidden.push(...(await ask(`select 168 - count(*)::int from testing.audit_event where source = 'marks'`)));
  }
  expect(hidden).toEqual([48, 78, 78, 93]);
});
