import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool, type Pool } from '@snoop/snoopdb';
import { type Logger, pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createMetrics, type Metrics } from '../src/metrics.ts';
import { openSpool } from '../src/spool/spool.ts';
import { type SpooledStore, withSpool } from '../src/spool/spooled-store.ts';
import { openStore } from '../src/store.ts';
import { makeBody } from './support/body.ts';
import { makeDatabase, makeStoppableServer } from './support/database.ts';

const silent = pino({ level: 'silent' });
const patience = { timeout: 90_000 };

test('keeps bodies on disk while the database is unavailable, and stores them once afterwards', async () => {
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const folder = await makeFolder();
  const { store, metrics } = await openSpooled(postgres.url, folder);
  const bodies = Array.from({ length: 30 }, () => makeBody(3));
  for (const { body } of bodies) expect(await send(store, body)).toEqual({ kind: 'spooled' });
  // The sender saw no answer, and repeats two of them.
  for (const { body } of bodies.slice(0, 2)) await send(store, body);
  expect(store.unavailableReason).toBeNull();
  expect(await store.checkAvailability()).toBeNull();
  expect(store.backlog).toMatchObject({
    bodies: 32,
    reason: { detail: expect.stringMatching(/ECONNREFUSED|database/) },
  });

  await postgres.start();
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  expect(await send(store, bodies[0]?.body ?? '')).toMatchObject({ kind: 'stored', repeated: true });
  expect(await readIds(openTestPool(postgres.url))).toEqual(bodies.flatMap(({ auditIds }) => auditIds).sort());
  expect(await segmentsOf(folder)).toEqual([]);
  expect(await readMetric(metrics, 'spool_replayed_total')).toBe(32);
  expect(await readMetric(metrics, 'bodies_repeated_total')).toBe(2);
});

test('rejects a body that is not a list of events before it is spooled', async () => {
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const { store } = await openSpooled(postgres.url, await makeFolder());
  await expect(send(store, '{"kind":"Pod"}')).rejects.toMatchObject({ code: 'bad_body' });
  await expect(send(store, 'no JSON')).rejects.toMatchObject({ code: 'bad_body' });
  expect(store.backlog.bodies).toBe(0);
});

test('reports the problem of the database and its own when it is full', async () => {
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const { store } = await openSpooled(postgres.url, await makeFolder(), { maxBytes: 40_000 });
  const bodies = Array.from({ length: 60 }, () => makeBody(2));
  const kept: string[] = [];
  const refused = await Promise.all(
    bodies.map(async ({ body, auditIds }) => {
      try {
        await send(store, body);
        kept.push(...auditIds);
        return null;
      } catch (error) {
        return error;
      }
    }),
  );
  expect(refused.filter((error) => error !== null).at(-1)).toMatchObject({
    code: 'database_away',
    message: expect.stringMatching(/.+; the spool is full/),
  });
  const trouble = { kind: /^the database .+; the spool is full$/, detail: /.+; the spool is full/ };
  for (const told of [store.unavailableReason, await store.checkAvailability()]) {
    expect(told?.kind).toMatch(trouble.kind);
    expect(told?.detail).toMatch(trouble.detail);
  }

  await postgres.start();
  await vi.waitFor(() => expect(store.backlog.bodies).toBe(0), patience);
  expect(await readIds(openTestPool(postgres.url))).toEqual(kept.sort());
});

test('stores acknowledged bodies once when the database restarts under load', async () => {
  const postgres = await makeStoppableServer();
  const folder = await makeFolder();
  const { store, metrics } = await openSpooled(postgres.url, folder);
  await vi.waitFor(() => expect(store.backlog.reason).toBeNull(), patience);
  const acknowledged: string[] = [];
  let spooled = 0;
  let isOver = false;
  const senders = Array.from({ length: 6 }, async () => {
    while (!isOver) {
      const { body, auditIds } = makeBody(5);
      const deposit = await send(store, body);
      acknowledged.push(...auditIds);
      if (deposit.kind === 'spooled') spooled++;
    }
  });
  for (let round = 1; round <= 3; round++) {
    const before = spooled;
    await postgres.stop();
    await vi.waitFor(() => expect(spooled).toBeGreaterThan(before + 20), patience);
    await postgres.start();
    await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  }
  isOver = true;
  await Promise.all(senders);
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  expect(await readIds(openTestPool(postgres.url))).toEqual(acknowledged.sort());
  expect(await readMetric(metrics, 'spool_replayed_total')).toBe(spooled);
});

test('the next process continues a replay that was ended', async () => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  const bodies = await fillSpool(folder, 400);
  let replayed = 0;
  let starts = 0;
  while ((await segmentsOf(folder)).length > 0) {
    starts++;
    const { store, metrics, close } = await openSpooled(url, folder);
    const before = store.backlog.bodies;
    const isFurther = (): boolean => store.backlog.bodies <= before - 50 || store.backlog.bytes === 0;
    await vi.waitUntil(isFurther, { ...patience, interval: 1 });
    await close();
    replayed += await readMetric(metrics, 'spool_replayed_total');
  }
  expect(starts).toBeGreaterThan(1);
  // What was under way at an end may be offered once more; nothing else is.
  expect(replayed).toBeLessThan(400 + starts * 64);
  expect(await readIds(pool)).toEqual(bodies.flatMap(({ auditIds }) => auditIds).sort());
});

test('a body that the database refuses waits, is reported, and delays no other', async () => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  const bodies = await fillSpool(folder, 40);
  const refused = bodies[7];
  if (refused === undefined) throw new Error('there is no body');
  await refuse(pool, [refused], "raise exception 'not this one'");
  const { store, close } = await openSpooled(url, folder, { refusedPauseMs: 100 });
  await vi.waitFor(() => expect(store.backlog.bodies).toBe(1), patience);
  expect(store.backlog.refused).toEqual({ bodies: 1, reason: 'not this one' });
  expect(await readIds(pool)).toEqual(
    bodies
      .filter((one) => one !== refused)
      .flatMap(({ auditIds }) => auditIds)
      .sort(),
  );
  await close();

  const { store: again, metrics } = await openSpooled(url, folder, { refusedPauseMs: 100 });
  expect(again.backlog.bodies).toBe(1);
  await vi.waitFor(() => expect(again.backlog.refused).not.toBeNull(), patience);
  await pool.query('drop trigger refuse on testing.body_ledger');
  await vi.waitFor(() => expect(again.backlog).toMatchObject({ bodies: 0, bytes: 0, refused: null }), patience);
  expect(await readIds(pool)).toEqual(bodies.flatMap(({ auditIds }) => auditIds).sort());
  expect(await readMetric(metrics, 'bodies_repeated_total')).toBe(0);
});

test('a deleted segment loses only its own bodies, even while some are refused', async () => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  const bodies = await fillSpool(folder, 5);
  await refuse(pool, bodies.slice(1, 3), "raise exception 'not this one'");
  const { store, metrics } = await openSpooled(url, folder, { refusedPauseMs: 100 });
  await vi.waitFor(() => expect(store.backlog.refused).toMatchObject({ bodies: 2 }), patience);
  for (const path of await segmentsOf(folder)) await rm(path);
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0, refused: null }), patience);
  expect(await readMetric(metrics, 'spool_broken_total')).toBe(1);

  await pool.query('alter table testing.body_ledger rename to elsewhere');
  await vi.waitFor(async () => expect((await send(store, makeBody(1).body)).kind).toBe('spooled'), patience);
  await pool.query('alter table testing.elsewhere rename to body_ledger');
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  // One rendering is for all who ask within a second.
  await expect.poll(() => readMetric(metrics, 'spool_replayed_total'), patience).toBeGreaterThan(3);
});

test('finds the rest of a segment again after one of its bodies was damaged', async () => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  const bodies = await fillSpool(folder, 12);
  const [broken, left] = [bodies[4], bodies[8]];
  if (broken === undefined || left === undefined) throw new Error('there is no body');
  await refuse(pool, [broken, left], "raise exception 'not this one'");
  const { store, close } = await openSpooled(url, folder);
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 2, refused: { bodies: 2 } }), patience);
  await close();
  const [path = ''] = await segmentsOf(folder);
  const bytes = await readFile(path);
  const header = bytes.indexOf(broken.body) - 30;
  bytes.fill('#', header, header + 1);
  await writeFile(path, bytes);
  await pool.query('drop trigger refuse on testing.body_ledger');

  const { store: again, metrics } = await openSpooled(url, folder);
  await vi.waitFor(() => expect(again.backlog).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  expect(await readIds(pool)).toEqual(
    bodies
      .filter((one) => one !== broken)
      .flatMap(({ auditIds }) => auditIds)
      .sort(),
  );
  // None of those that were committed was offered once more.
  expect(await readMetric(metrics, 'spool_replayed_total')).toBe(1);
  expect(again.backlog.broken).toMatchObject({ files: 1 });
  const [kept = ''] = await readdir(join(folder, 'broken'));
  expect(await readFile(join(folder, 'broken', kept), 'utf8')).toContain(broken.body);
});

test.for<[what: string, error: string, told: RegExp]>([
  ['a value', `raise exception 'a secret' using errcode = '22P05'`, /refuses a value in it \(SQLSTATE 22P05\)/],
  ['a rule', `raise exception 'a secret' using errcode = '23514'`, /refuses a value in it \(SQLSTATE 23514\)/],
])('does not reveal what the database reports about %s of a body', async ([, error, told]) => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  await refuse(pool, await fillSpool(folder, 1), error);
  const lines: string[] = [];
  const { store } = await openSpooled(url, folder, {
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  });
  await vi.waitFor(() => expect(store.backlog.refused?.reason).toMatch(told), patience);
  expect(lines.join('')).toMatch(told);
  expect(lines.join('')).not.toContain('secret');
});

test('nor what it reports about a body that does not fit in the spool', async () => {
  const { url, pool } = await makeDatabase();
  const made = makeBody(3);
  await refuse(pool, [made], `raise exception 'a secret' using errcode = '22P05'`);
  const { store } = await openSpooled(url, await makeFolder(), { maxBytes: 100 });
  await vi.waitFor(() => expect(store.backlog.reason).toBeNull(), patience);
  await expect(send(store, made.body)).rejects.toMatchObject({
    code: 'database_away',
    message: expect.stringMatching(/^the database refuses a value in it \(SQLSTATE 22P05\); the spool is full/),
  });
});

test('a body in the spool that is not a list of events is rejected, and its content is not logged', async () => {
  const { url } = await makeDatabase();
  const folder = await makeFolder();
  const spool = await openSpool({ folder, maxBytes: 1024 ** 3, log: silent });
  const body = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"secret"';
  await spool.append(Buffer.from(body), { source: 'cluster', sha256: hash(body) });
  await spool.close();
  const lines: string[] = [];
  const { store } = await openSpooled(url, folder, {
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  });
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, broken: { files: 1 } }), patience);
  expect(lines.join('')).toContain('it is not a list of events');
  expect(lines.join('')).not.toContain('secret');
});

test('a body that ends every connection it is written on delays no other', async () => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  const bodies = await fillSpool(folder, 40);
  const deadly = bodies[20];
  if (deadly === undefined) throw new Error('there is no body');
  await refuse(pool, [deadly], 'perform pg_terminate_backend(pg_backend_pid())');
  const { store } = await openSpooled(url, folder, { refusedPauseMs: 100 });
  await vi.waitFor(() => expect(store.backlog.bodies).toBe(1), patience);
  await vi.waitFor(() => expect(store.backlog.refused).toMatchObject({ bodies: 1 }), patience);
  expect(await readIds(pool)).toEqual(
    bodies
      .filter((one) => one !== deadly)
      .flatMap(({ auditIds }) => auditIds)
      .sort(),
  );
  await pool.query('drop trigger refuse on testing.body_ledger');
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0, refused: null }), patience);
  expect(await readIds(pool)).toEqual(bodies.flatMap(({ auditIds }) => auditIds).sort());
});

test('rejects, counts and reports damaged bodies, and stores the others', async () => {
  const { url, pool } = await makeDatabase();
  const folder = await makeFolder();
  const bodies = await fillSpool(folder, 20);
  const broken = [bodies[3], bodies[11]];
  const [path = ''] = await segmentsOf(folder);
  const bytes = await readFile(path);
  // One in its body, one in its header.
  const [inBody, inHeader] = broken.map((one) => bytes.indexOf(one?.body ?? ''));
  bytes.fill('#', (inBody ?? 0) + 100, (inBody ?? 0) + 101);
  bytes.fill('#', (inHeader ?? 0) - 30, (inHeader ?? 0) - 29);
  await writeFile(path, bytes);
  const { store, metrics, close } = await openSpooled(url, folder);
  await vi.waitFor(() => expect(store.backlog).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  expect(await readIds(pool)).toEqual(
    bodies
      .filter((one) => !broken.includes(one))
      .flatMap(({ auditIds }) => auditIds)
      .sort(),
  );
  expect(store.backlog.broken).toEqual({ files: 2, folder: join(folder, 'broken') });
  expect(await readMetric(metrics, 'spool_broken_total')).toBe(2);
  const files = await readdir(join(folder, 'broken'));
  const kept = await Promise.all(files.map((name) => readFile(join(folder, 'broken', name), 'utf8')));
  expect(kept.filter((text) => text.includes(bodies[11]?.body ?? ''))).toHaveLength(1);
  await close();
  const { store: again } = await openSpooled(url, folder);
  expect(again.backlog.broken).toEqual({ files: 2, folder: join(folder, 'broken') });
});

interface Spooled {
  readonly store: SpooledStore;
  readonly metrics: Metrics;
  /** The end of the test does so too. */
  close(): Promise<void>;
}

async function openSpooled(
  databaseUrl: string,
  folder: string,
  options: { maxBytes?: number; refusedPauseMs?: number; log?: Logger } = {},
): Promise<Spooled> {
  const { maxBytes = 1024 ** 3, log = silent, ...replay } = options;
  const metrics = createMetrics();
  const spool = await openSpool({ folder, maxBytes, log });
  const database = openStore({ databaseUrl, source: 'cluster', log });
  const store = await withSpool(database, spool, { log, metrics, ...replay });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= store.close());
  onTestFinished(close);
  return { store, metrics, close };
}

/** Has the database do something, an error as a rule, when one of these bodies is to be stored. */
async function refuse(pool: Pool, bodies: { body: string }[], what: string): Promise<void> {
  const hashes = bodies.map(({ body }) => `'\\x${hash(body).toString('hex')}'`);
  await pool.query(`
    create function refuse() returns trigger language plpgsql as $$
      begin
        if new.sha256 in (${hashes.join(', ')}) then ${what}; end if;
        return new;
      end $$;
    create trigger refuse before insert on testing.body_ledger for each row execute function refuse();`);
}

/** A spool that an earlier program left. */
async function fillSpool(folder: string, count: number): Promise<{ body: string; auditIds: string[] }[]> {
  const spool = await openSpool({ folder, maxBytes: 1024 ** 3, log: silent });
  const bodies = Array.from({ length: count }, () => makeBody(2));
  for (const { body } of bodies) await spool.append(Buffer.from(body), { source: 'cluster', sha256: hash(body) });
  await spool.close();
  return bodies;
}

function send(store: SpooledStore, body: string) {
  return store.write(Buffer.from(body), { source: 'cluster', sha256: hash(body) });
}

function hash(body: string): Buffer {
  return createHash('sha256').update(body).digest();
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-spool-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function segmentsOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.spool')).map((name) => join(folder, name));
}

function openTestPool(url: string): Pool {
  const pool = openPool(url);
  onTestFinished(() => pool.end());
  return pool;
}

async function readIds(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('select audit_id as id from testing.audit_event order by 1');
  return rows.map(({ id }) => id).sort();
}

async function readMetric(metrics: Metrics, name: string): Promise<number> {
  const text = String((await metrics.render()).text);
  const line = text.split('\n').find((one) => one.startsWith(`snoop_auditlogger_${name} `));
  if (line === undefined) throw new Error(`${name} is not shown`);
  return Number(line.split(' ')[1]);
}
