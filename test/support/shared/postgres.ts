import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { acquireEmbeddedServer, inspectEmbeddedServer, purgeEmbeddedServer } from '@snoop/snoopdb';
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
  const { value: url, release } = await share('postgres', start, () => purgeEmbeddedServer(folder));
  project.provide('postgresUrl', url);
  return async () => {
    await release();
    await leaveFolder();
  };
}

async function start(): Promise<string> {
  const { url, dataFolder } = await acquireEmbeddedServer({ folder, user: 'vitest' });
  // Its data need not survive a crash of the machine, and each of its many small databases would wait for the disk.
  await appendFile(join(dataFolder, 'postgresql.conf'), 'fsync = off\nfull_page_writes = off\n');
  const { pid } = (await inspectEmbeddedServer(folder)) ?? {};
  if (pid) process.kill(pid, 'SIGHUP');
  return url;
}
