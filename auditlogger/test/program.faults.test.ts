import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from './support/body.ts';
import { announce } from './support/delivery.ts';
import { launchProgram } from './support/program.ts';
import { patience, startReady } from './support/ready.ts';

test('SIGTERM ends it although the rest of a body does not arrive', async () => {
  const { program } = await startReady();
  const { body } = makeBody(1);
  const { sending, answer } = announce(program.url, { expect: '100-continue', 'content-length': body.length });
  await once(sending, 'continue');
  sending.write(body.slice(0, 10));
  program.signal('SIGTERM');
  expect(await answer).toMatchObject({ status: 503, headers: { 'retry-after': '3', connection: 'close' } });
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('SIGTERM ends it while the database does not answer', async () => {
  const { program, pool } = await startReady();
  const locker = await pool.connect();
  await locker.query('begin; lock table testing.body_ledger');
  const { sending, answer } = announce(program.url, {});
  sending.end(makeBody(1).body);
  await expect
    .poll(async () => (await locker.query('select from pg_locks where not granted')).rowCount, patience)
    .toBeGreaterThan(0);
  program.signal('SIGTERM');
  expect(await answer).toMatchObject({ status: 503, headers: { 'retry-after': '3' } });
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
  await locker.query('rollback');
  locker.release();
});

test('SIGTERM ends it while it waits for the folder of its spool, which stays with the other process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { program } = await startReady(['--spool', folder]);
  const args = ['--listen', '127.0.0.1:0', '--database-url', 'postgresql://127.0.0.1:1/nowhere', '--spool', folder];
  const waiting = launchProgram(args);
  await vi.waitFor(() => expect(waiting.log()).toContain('opening the spool'), patience);
  waiting.signal('SIGTERM');
  expect(await waiting.ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect(waiting.log()).not.toContain('listening');
  expect((await program.send(makeBody(1).body)).status).toBe(200);
  program.signal('SIGTERM');
  expect((await program.ended).exitCode).toBe(0);
  await startReady(['--spool', folder]);
});
