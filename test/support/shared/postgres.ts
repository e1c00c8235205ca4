import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { acquireEmbeddedServer, purgeEmbeddedServer } from '@snoop/snoopdb';
import { runFolder, useRunFolder } from './run-folder.ts';
import { share, type TearDown } from './started.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL for all tests, as the role `apisnoop`, which may create databases: each test file makes its own. */
    postgresUrl: string;
  }
}

const folder = join(runFolder, 'snoopdb');

/** A global setup: a PostgreSQL for all tests. */
export default async function setUp(project: TestProject): Promise<TearDown> {
  const leaveFolder = await useRunFolder();
  const { value: server, release } = await share(
    'postgres',
    () => acquireEmbeddedServer({ folder, user: 'vitest' }),
    () => purgeEmbeddedServer(folder),
  );
  project.provide('postgresUrl', server.url);
  return async () => {
    await release();
    await leaveFolder();
  };
}
