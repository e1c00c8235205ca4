import { openPool } from '@snoop/snoopdb';
import { readPostgresUrl } from '@snoop/snoopdb/test-database';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from './support/body.ts';
import { announce } from './support/delivery.ts';
import { makeDatabase, makeStoppableServer, readStored } from './support/database.ts';
import { runProgram, startProgram } from './support/program.ts';

const patience = { timeout: 90_000 };

test('answers 503 with Retry-After while the database is unavailable, and stores each body once afterwards', async () => {
  const postgres = await makeStoppableServer();
  const program = await startProgram(postgres.url);
  const { body, auditIds } = makeBody(2);
  await vi.waitFor(async () => expect((await program.send(makeBody(0).body)).status).toBe(200), patience);
  await postgres.stop();

  const refused = await program.send(body);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('3');
  expect((await fetch(`${program.url}/readyz`)).status).toBe(503);

  await postgres.start();
  await vi.waitFor(async () => expect((await program.send(body)).status).toBe(200), patience);
  const pool = openPool(postgres.url);
  try {
    expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
  } finally {
    await pool.end();
  }
});

test.for<[what: string, spoil: string, mend: string, reason: RegExp]>([
  [
    'read-only',
    'alter database DATABASE set default_transaction_read_only = on',
    'alter database DATABASE reset default_transaction_read_only',
    /read-only/,
  ],
  [
    'without a schema',
    'alter schema testing rename to elsewhere',
    'alter schema elsewhere rename to testing',
    /schema/,
  ],
  [
    'closed to us',
    'alter database DATABASE allow_connections off',
    'alter database DATABASE allow_connections on',
    /the database (refused it|refuses the auditlogger)/,
  ],
])(
  'answers 503 with the kind of problem while the database is %s, and then recovers',
  async ([, spoil, mend, reason]) => {
    const { url, pool } = await makeDatabase();
    const program = await startProgram(url);
    const { body, auditIds } = makeBody(2);
    await vi.waitFor(async () => expect((await program.send(makeBody(0).body)).status).toBe(200), patience);
    const name = new URL(url).pathname.slice(1);
    const server = openPool(readPostgresUrl(), { max: 1 });
    onTestFinished(() => server.end());
    const change = async (statement: string): Promise<void> => {
      if (statement.includes('DATABASE')) await server.query(statement.replace('DATABASE', name));
      else await pool.query(statement);
      // What was connected before does not notice.
      await server.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    };
    await change(spoil);
    await vi.waitFor(async () => {
      const refused = await program.send(body);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '3']);
      expect(await refused.text()).toMatch(reason);
    }, patience);
    // A connection that was ended is a reason too, until the next look.
    await vi.waitFor(async () => {
      const notReady = await fetch(`${program.url}/readyz`);
      expect([notReady.status, await notReady.text()]).toEqual([503, expect.stringMatching(reason)]);
    }, patience);
    await change(mend);
    await vi.waitFor(async () => expect((await program.send(body)).status).toBe(200), patience);
    expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
  },
);

test('refuses a large body before it is sent while the database is unavailable', async () => {
  const program = await startProgram('postgresql://127.0.0.1:1/nowhere');
  const { sending, answer } = announce(program.url, { 'content-length': 50_000_000 });
  expect(await answer).toMatchObject({ status: 503, headers: { 'retry-after': '3' } });
  sending.destroy();
});

test.for([
  [
    'is newer than the program knows',
    `insert into public.snoopdb_migration values (9999, 'tomorrow', 'its digest')`,
    /^auditlogger: The database has schema version 9999, .*\n$/,
  ],
  [
    'was made from other files',
    `update public.snoopdb_migration set digest = 'another' where version = 1`,
    /^auditlogger: This database was created by .*'snoop down --purge'.*\.\n$/,
  ],
] as const)('refuses a database whose schema %s', async ([, change, sentence]) => {
  const { url, pool } = await makeDatabase();
  await pool.query(change);
  const { exitCode, stderr } = await runProgram(['--listen', '127.0.0.1:0', '--database-url', url]);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(sentence);
});
