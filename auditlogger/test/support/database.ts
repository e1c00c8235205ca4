import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedServer, Pool } from '@snoop/snoopdb';
import { acquireEmbeddedServer, purgeEmbeddedServer } from '@snoop/snoopdb';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import { onTestFinished } from 'vitest';

/**
 * A database of the test's own.
 * @param options.migrated false for one without a schema
 */
export async function makeDatabase(options: { migrated?: boolean } = {}): Promise<{ url: string; pool: Pool }> {
  const { url, pool, discard } = await createTestDatabase(options);
  onTestFinished(discard);
  return { url, pool };
}

export interface StoppableServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL of the test's own, for tests that stop it; it comes back at the same address. */
export async function makeStoppableServer(): Promise<StoppableServer> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-test-'));
  onTestFinished(async () => {
    await purgeEmbeddedServer(folder);
    await rm(folder, { recursive: true, force: true });
  });
  let server: EmbeddedServer = await acquireEmbeddedServer({ folder, user: 'test' });
  const { url } = server;
  return {
    url,
    async start() {
      server = await acquireEmbeddedServer({ folder, user: 'test' });
      if (server.url !== url) throw new Error(`PostgreSQL came back as ${server.url}, it was ${url}`);
    },
    stop: () => server.release(),
  };
}

/** What is stored, as little of it as a test needs to tell right from wrong. */
export async function readStored(pool: Pool): Promise<{ auditId: string; endpoint: string | null; source: string }[]> {
  const { rows } = await pool.query(
    'select audit_id as "auditId", endpoint, source from testing.audit_event order by id',
  );
  return rows;
}
