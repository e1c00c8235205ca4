import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireEmbeddedServer, migrate, openPool } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { makeStateFolder, snoop } from './support.ts';

test('up refuses a SnoopDB made from other files, and purge removes it', async () => {
  const folder = await makeStateFolder();
  const server = await acquireEmbeddedServer({ folder: join(folder, 'snoopdb'), user: 'test' });
  const pool = openPool(server.url, { max: 1 });
  await migrate(pool);
  await pool.query('alter table public.snoopdb_migration drop column digest');
  await pool.end();
  await server.release();

  const { exitCode, stderr } = await snoop(['up'], folder);
  expect(stderr).toMatch(/^snoop: This database was created by .*'snoop down --purge'.*\.\n$/m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(exitCode).toBe(3);
  expect(await snoop(['down', '--purge'], folder)).toMatchObject({ exitCode: 0 });
  expect(existsSync(folder)).toBe(false);
});
