import type { Pool } from '@snoop/snoopdb';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import { afterAll } from 'vitest';

/** Creates a SnoopDB for the test file on the shared PostgreSQL, dropped after it. */
export async function makeDatabase(): Promise<{ pool: Pool; url: string }> {
  const { pool, url, discard } = await createTestDatabase();
  afterAll(discard);
  return { pool, url };
}

/** Creates the body with an event for each of these requests, at the given stage, answered 200. */
export function deliver(auditIds: readonly string[], stage = 'ResponseComplete', requestURI = '/version'): Buffer {
  const items = auditIds.map((auditID) => ({
    level: 'Metadata',
    auditID,
    stage,
    requestURI,
    verb: 'get',
    user: { username: 'tester' },
    userAgent: 'live-test-writing -- evidence',
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-11-21T10:00:00.000000Z',
    stageTimestamp: '2026-11-21T10:00:00.004000Z',
  }));
  return Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }));
}
