import { expect, test, vi } from 'vitest';
import { openPool } from '@snoop/snoopdb';
import { makeBody } from './support/body.ts';
import { makeDatabase, makeStoppableServer, readStored } from './support/database.ts';
import { runProgram, startProgram } from './support/program.ts';

const patience = { timeout: 30_000 };

test('starts without a database, says why it is not ready, and connects by itself', async () => {
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const program = await startProgram(postgres.url);
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  const notReady = await fetch(`${program.url}/readyz`);
  expect(notReady.status).toBe(503);
  expect(await notReady.text()).toMatch(/database|ECONNREFUSED/);
  await postgres.start();
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(200), patience);
  expect((await program.send(makeBody(1).body)).status).toBe(200);
});

test('while the database is away bodies are answered 503 with Retry-After, and stored once when it is back', async () => {
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

test('refuses a database whose schema is newer than the program knows', async () => {
  const { url, pool } = await makeDatabase();
  await pool.query('create table public.snoopdb_migration (version integer primary key, name text not null)');
  await pool.query(`insert into public.snoopdb_migration values (9999, 'tomorrow')`);
  const { exitCode, stderr } = await runProgram(['--listen', '127.0.0.1:0', '--database-url', url]);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/schema version 9999/);
});
