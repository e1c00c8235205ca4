import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openPool, type Pool } from '@snoop/snoopdb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { makeServer, type TestServer } from '../tools/database.ts';
import { patience } from '../tools/program.ts';
import { type Ready, startOn } from './support/ready.ts';
import { giveToOwnerOf, mountSmallDisk, ofMebibytes, skippedWord } from './support/small-disk.ts';

/** A database whose tables lie on another disk than the rest of its server. */
async function makeDatabaseOn(server: TestServer, folder: string): Promise<{ url: string; pool: Pool }> {
  const place = join(folder, 'tables');
  await mkdir(place);
  await giveToOwnerOf(place, server.dataFolder);
  const admin = openPool(Object.assign(new URL(server.url), { username: 'postgres', pathname: '/postgres' }).href);
  await admin.query(`create tablespace small location '${place}'`);
  await admin.query('create database small tablespace small owner apisnoop');
  await admin.end();
  const url = Object.assign(new URL(server.url), { pathname: '/small' }).href;
  const pool = openPool(url);
  onTestFinished(() => pool.end());
  return { url, pool };
}

/** Sends bodies one after the other until one is refused. */
async function sendUntilRefused({ deliver }: Ready): Promise<Buffer> {
  for (;;) {
    const body = Buffer.from(makeBody(400));
    const answer = await deliver(body);
    if (answer.status === 200) continue;
    expect(answer).toMatchObject({ status: 503, retryAfter: '3' });
    return body;
  }
}

test("the table's disk is full: 503, nothing grows by retries, and it continues when there is space", async (context) => {
  const disk = await mountSmallDisk(ofMebibytes(128));
  if (disk === null) return context.skip(skippedWord);
  const folder = await mkdtemp(join(tmpdir(), 'snoop-server-'));
  const server = await makeServer({ folder });
  const { url, pool } = await makeDatabaseOn(server, disk.folder);
  const ready = await startOn({ url, pool });
  const { program, checker, deliver, deliverUntilTaken } = ready;
  await disk.fill(ofMebibytes(12));

  const bodies = [await sendUntilRefused(ready), ...Array.from({ length: 60 }, () => Buffer.from(makeBody(400)))];
  const notReady = await fetch(`${program.url}/readyz`);
  expect([notReady.status, await notReady.text()]).toEqual([503, expect.stringMatching(/full|space/)]);
  const measure = async (): Promise<{ tables: number; wal: number }> => {
    const { rows } = await pool.query(
      `select pg_database_size(current_database())::int as tables, (pg_current_wal_insert_lsn() - '0/0')::float8 as wal`,
    );
    return rows[0];
  };
  const before = await measure();
  const countFull = async (): Promise<number> =>
    (await readFile(join(folder, 'postgres.log'), 'utf8')).split('No space left on device').length;
  const bytes: Record<number, number> = { 200: 0, 503: 0 };
  for (const [number, body] of bodies.entries()) {
    const full = await countFull();
    const { status } = await deliver(body);
    bytes[status] = (bytes[status] ?? 0) + body.length;
    if (number % 20 !== 0) continue;
    // As senders repeat all the time: the server looks again and again whether there is room.
    await vi.waitFor(async () => {
      const isReady = (await fetch(`${program.url}/readyz`)).ok;
      expect(isReady || (await countFull()) > full, 'it looked for room').toBe(true);
    }, patience);
  }
  const after = await measure();
  const grown = { wal: after.wal - before.wal, tables: after.tables - before.tables };
  console.log(`disk full: bytes by answer ${JSON.stringify(bytes)}, grown by ${JSON.stringify(grown)}`);
  const { 200: taken = 0, 503: refused = 0, ...others } = bytes;
  expect(others).toEqual({});
  expect(refused).toBeGreaterThan(0);
  // A small body may still find a place; the others leave nothing behind.
  expect(Math.max(grown.wal, grown.tables)).toBeLessThan(3 * taken + refused / 4);

  await disk.makeRoom(ofMebibytes(1024));
  for (const body of bodies) expect(await deliverUntilTaken(body)).toMatchObject({ status: 200 });
  expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
  await checker.check(pool);
});

test("the WAL's disk is full, and PostgreSQL crashes: 503, and it continues when there is space", async (context) => {
  const disk = await mountSmallDisk(ofMebibytes(64));
  if (disk === null) return context.skip(skippedWord);
  const folder = await mkdtemp(join(tmpdir(), 'snoop-server-'));
  const server = await makeServer({ folder });
  await server.stop('fast');
  await moveWal(server.dataFolder, disk.folder);
  await server.start();
  const ready = await startOn({ url: server.url, pool: server.pool });
  const { program, pool, checker, deliver, deliverUntilTaken } = ready;

  const refused = await sendUntilRefused(ready);
  expect(await readFile(join(folder, 'postgres.log'), 'utf8')).toMatch(/PANIC: .*No space left on device/);
  // What it writes when it recovers may make room for a moment.
  for (let repeat = 0; repeat < 40; repeat++) expect([200, 503]).toContain((await deliver(refused)).status);

  await disk.makeRoom(ofMebibytes(1024));
  await server.start();
  expect(await deliverUntilTaken(refused)).toMatchObject({ status: 200 });
  for (let more = 0; more < 20; more++) {
    expect(await deliverUntilTaken(Buffer.from(makeBody(400)))).toMatchObject({ status: 200 });
  }
  expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
  await checker.check(pool);
});

/** Puts the WAL of a stopped server on another disk. */
async function moveWal(dataFolder: string, folder: string): Promise<void> {
  const [wal, moved] = [join(dataFolder, 'pg_wal'), join(folder, 'pg_wal')];
  await promisify(execFile)('cp', ['--archive', wal, moved]);
  await rename(wal, `${wal}.before`);
  await symlink(moved, wal);
}
