import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  askArrivedRequests,
  askDatabaseState,
  createEventWriter,
  readDatabaseClock,
  readEventPosition,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function write(...events: string[]): Promise<void> {
  const writer = createEventWriter(database.pool, { source: 'a cluster' });
  await writer.write(writeBody(events));
  await writer.close();
}

test('finds events of any agent that were stored after a position, and rejected ones', async () => {
  const { pool } = database;
  await write(writeEvent({ auditID: 'wanted', stage: 'RequestReceived' }));
  const position = await readEventPosition(pool);
  await write(
    writeEvent({ auditID: 'wanted', userAgent: 'snoop/1', requestURI: '/version', verb: 'get' }),
    writeEvent({ auditID: 'other' }),
  );
  await pool.query(`insert into testing.held_rejection (source, raw, reason, audit_id, is_dry_run, is_hit, document_revision)
                    values ('a cluster', '', 'too long', 'rejected', false, false, 0)`);
  const found = await askArrivedRequests(pool, ['wanted', 'rejected', 'missing'], position);
  expect(found).toMatchObject([
    { auditId: 'wanted', source: 'a cluster', stage: 'ResponseComplete', requestUri: '/version', rejected: null },
    { auditId: 'rejected', stage: null, requestedAt: null, rejected: 'too long' },
  ]);
  expect(found[0]?.requestedAt).toBeInstanceOf(Date);
});

test('describes server, role and clock', async () => {
  const { pool } = database;
  const state = await askDatabaseState(pool);
  expect(state).toMatchObject({ isReadOnly: false, mayAddRuns: true });
  expect(state.serverVersion).toContain(String(Math.floor(state.serverVersionNumber / 10_000)));
  expect(state.bytes).toBeGreaterThan(1_000_000);
  const [first, second] = [await readDatabaseClock(pool), await readDatabaseClock(pool)];
  expect(second).toBeGreaterThanOrEqual(first);
});
