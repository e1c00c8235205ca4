import { randomBytes } from 'node:crypto';
import { migrate, openPool } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { dropDatabase } from '@snoop/snoopdb/test-database';
import { afterAll, inject } from 'vitest';

/** A SnoopDB of the test file's own on the shared PostgreSQL, dropped after it. */
export async function makeDatabase(): Promise<{ pool: Pool; url: string }> {
  const name = `workbench_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('postgresUrl'));
  const server = openPool(url.href, { max: 1 });
  await server.query(`create database ${name}`);
  url.pathname = `/${name}`;
  const pool = openPool(url.href, { max: 4 });
  await migrate(pool);
  afterAll(async () => {
    await pool.end();
    await dropDatabase(server, name);
    await server.end();
  });
  return { pool, url: url.href };
}

/** The body of a delivery in which each of these requests is at the named stage, answered 200. */
export function deliver(auditIds: readonly string[], stage = 'ResponseComplete'): Buffer {
  const items = auditIds.map((auditID) => ({
    level: 'Metadata',
    auditID,
    stage,
    requestURI: '/version',
    verb: 'get',
    user: { username: 'tester' },
    userAgent: 'live-test-writing -- evidence',
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-11-21T10:00:00.000000Z',
    stageTimestamp: '2026-11-21T10:00:00.004000Z',
  }));
  return Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }));
}
