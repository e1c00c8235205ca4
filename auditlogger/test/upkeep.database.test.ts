import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pool, readLiveFill } from '@snoop/snoopdb';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readAge, readBytes, readCount } from '../src/quantity.ts';
import { openSpool } from '../src/spool/spool.ts';
import { makeBody } from './support/body.ts';
import { makeDatabase } from './support/database.ts';
import { runProgram, startProgram } from './support/program.ts';

const patience = { timeout: 30_000, interval: 20 };

/** A database with 40 events that were there before. */
async function makeFilledDatabase() {
  const database = await makeDatabase();
  await database.pool.query(
    `insert into testing.held_event (audit_id, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision)
     select i, false, false, '{}', 'cluster', false, false, 0 from generate_series(1, 40) as i`,
  );
  return database;
}

async function countEvents(pool: Pool): Promise<number> {
  return (await pool.query('select from testing.audit_event')).rowCount ?? 0;
}

test('keeps the live table within the configured bounds', async () => {
  const { url, pool } = await makeFilledDatabase();
  const program = await startProgram(url, [
    '--live-max-rows',
    '20',
    '--live-max-bytes',
    '1GiB',
    '--live-max-age',
    '3d',
  ]);
  await vi.waitFor(async () => expect(await countEvents(pool)).toBe(0), patience);
  expect((await readLiveFill(pool)).bounds).toMatchObject({
    maxRows: 20,
    maxBytes: 1024 ** 3,
    maxAgeMs: 3 * 86_400_000,
  });
  expect((await program.send(makeBody(3).body)).status).toBe(200);
  expect(await countEvents(pool)).toBe(3);
  program.signal('SIGTERM');
  const { exitCode, stdout } = await program.ended;
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/"sealed":\[0\],"dropped":\[0\].*kept the live table within its bounds/);
});

test('SIGTERM ends it while it waits for a reader', async () => {
  const { url, pool } = await makeFilledDatabase();
  const reader = await pool.connect();
  await reader.query('begin; select from testing.audit_event');
  const program = await startProgram(url, ['--live-max-rows', '20']);
  await vi.waitFor(
    async () => expect((await pool.query('select from pg_inherits where inhdetachpending')).rowCount).toBe(1),
    patience,
  );
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
  await reader.query('rollback');
  reader.release();
});

test('accepts events even if upkeep fails', async () => {
  const { url, pool } = await makeFilledDatabase();
  await pool.query('alter table testing.held_partition rename to elsewhere');
  const program = await startProgram(url);
  await vi.waitFor(async () => expect((await program.send(makeBody(2).body)).status).toBe(200), patience);
  expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
  await vi.waitFor(
    () => expect(program.log()).toMatch(/held_partition.*upkeep of the live table failed; will retry/),
    patience,
  );
  expect((await program.send(makeBody(2).body)).status).toBe(200);
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('keeps old entries of the ledger while a spool holds bodies, so that a committed body is not stored again', async () => {
  const { url, pool } = await makeDatabase();
  const { body } = makeBody(3);
  const inQuarantine = makeBody(1).body.replace('lists pods', 'lists\\u0000pods');
  const first = await startProgram(url);
  for (const one of [body, inQuarantine]) {
    await vi.waitFor(async () => expect((await first.send(one)).status).toBe(200), patience);
  }
  first.signal('SIGTERM');
  await first.ended;

  // The same body once more, of which nobody heard that it was committed, and an outage of more than a day.
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-upkeep-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const sha256 = createHash('sha256').update(body).digest();
  const spool = await openSpool({ folder, maxBytes: 1e9, log: pino({ level: 'silent' }) });
  await spool.append(Buffer.from(body), { source: 'cluster', sha256 });
  await spool.close();
  await pool.query(`
    update testing.body_ledger set stored_at = now() - interval '25 hours';
    update testing.held_rejection set rejected_at = now() - interval '8 days';
    create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'not now'; end $$;
    create trigger refuse before insert on testing.body_ledger for each row execute function refuse();`);
  const second = await startProgram(url, ['--spool', folder, '--source', 'cluster']);
  // They go after the ledger would.
  await vi.waitFor(
    async () => expect((await pool.query('select from testing.held_rejection')).rowCount).toBe(0),
    patience,
  );
  second.signal('SIGTERM');
  await second.ended;
  await pool.query('drop trigger refuse on testing.body_ledger');

  const third = await startProgram(url, ['--spool', folder, '--source', 'cluster']);
  const countLedger = async (): Promise<number> => (await pool.query('select from testing.body_ledger')).rowCount ?? 0;
  // Nothing waits any more, so it is trimmed.
  await vi.waitFor(async () => expect(await countLedger()).toBe(0), patience);
  expect(await (await fetch(`${third.url}/metrics`)).text()).toMatch(/^snoop_auditlogger_bodies_repeated_total 1$/m);
  expect(await countEvents(pool)).toBe(3);
});

test.for<[flag: string, value: string, said: string]>([
  ['--live-max-rows', 'many', "--live-max-rows takes a number of events, such as 5000000, not 'many'."],
  ['--live-max-rows', '0', "--live-max-rows takes a number of events, such as 5000000, not '0'."],
  ['--live-max-bytes', '8GG', "--live-max-bytes takes a size, such as 8GiB or 500MiB, not '8GG'."],
  ['--live-max-age', '-1d', '--live-max-age'],
  ['--live-max-age', '7', "--live-max-age takes a time, such as 7d, 12h or 30m, not '7'."],
])('%s %s is wrong use', async ([flag, value, said]) => {
  const { exitCode, stderr } = await runProgram([flag, value]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(said);
});

test('reads sizes and times in common notations', () => {
  expect(['5000000', '5_000_000', '1e6', '-1', '1.5', ''].map(readCount)).toEqual([5e6, 5e6, null, null, null, null]);
  expect(['8GiB', '500 MB', '1024', '1.5k', '8g', 'GiB', '0', '1 PiB'].map(readBytes)).toEqual([
    8 * 1024 ** 3,
    5e8,
    1024,
    1536,
    8 * 1024 ** 3,
    null,
    null,
    null,
  ]);
  expect(['7d', '12h', '30m', '90s', '2w', '7', 'constructor'].map(readAge)).toEqual([
    604_800_000,
    43_200_000,
    1_800_000,
    90_000,
    1_209_600_000,
    null,
    null,
  ]);
});
