import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool } from '@snoop/snoopdb';
import { createTestRandom, pickNumber } from '@snoop/snoopdb/test-random';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from './support/body.ts';
import { makeDatabase, makeStoppableServer } from './support/database.ts';
import { type RunningProgram, startProgram } from './support/program.ts';

const patience = { timeout: 180_000 };

test('loses no acknowledged body when killed while it spools or replays', async () => {
  const random = createTestRandom();
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const folder = await makeFolder();
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  const start = (): Promise<RunningProgram> => startProgram(postgres.url, ['--spool', folder]);

  let program = await start();
  for (let round = 0; round < 6; round++) {
    const senders = startSenders(program, sent, acknowledged);
    const enough = acknowledged.size + 20 + pickNumber(random, 150);
    await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(enough), { ...patience, interval: 1 });
    program.signal('SIGKILL');
    await program.ended;
    await senders;
    program = await start();
  }
  await postgres.start();
  for (let round = 0; round < 3; round++) {
    const { bodies } = await readSpool(program);
    await vi.waitFor(async () => expect((await readSpool(program)).bodies).toBeLessThan(Math.max(1, bodies)), {
      ...patience,
      interval: 1,
    });
    program.signal('SIGKILL');
    await program.ended;
    program = await start();
  }
  await vi.waitFor(async () => expect(await readSpool(program)).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  const stored = await readIds(postgres.url);
  expect(new Set(stored).size, 'stored twice').toBe(stored.length);
  expect(
    [...acknowledged].filter((id) => !stored.includes(id)),
    'lost',
  ).toEqual([]);
  expect(
    stored.filter((id) => !sent.has(id)),
    'never sent',
  ).toEqual([]);
});

test('ends cleanly in the middle of the replay, and the next process continues', async () => {
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const folder = await makeFolder();
  let program = await startProgram(postgres.url, ['--spool', folder]);
  const bodies = Array.from({ length: 300 }, () => makeBody(20));
  const statuses = await Promise.all(bodies.map(async ({ body }) => (await program.send(body)).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
  await postgres.start();
  await vi.waitFor(async () => expect((await readSpool(program)).bodies).toBeLessThan(300), {
    ...patience,
    interval: 1,
  });
  program.signal('SIGTERM');
  expect((await program.ended).exitCode).toBe(0);

  program = await startProgram(postgres.url, ['--spool', folder]);
  await vi.waitFor(async () => expect(await readSpool(program)).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  expect(await readIds(postgres.url)).toEqual(bodies.flatMap(({ auditIds }) => auditIds).sort());
  program.signal('SIGTERM');
  expect((await program.ended).exitCode).toBe(0);
  expect((await readdir(folder)).filter((name) => !/^(lock\.\d+|reserve)$/.test(name))).toEqual([]);
});

test('/readyz and /metrics report what waits; a full spool answers 503', async () => {
  const postgres = await makeStoppableServer();
  await postgres.stop();
  const folder = await makeFolder();
  const { body } = makeBody(10);
  // Four of them with their headers, and room for no fifth.
  const maxBytes = 4 * (body.length + 70) + 1000;
  const program = await startProgram(postgres.url, ['--spool', folder, '--spool-max-bytes', String(maxBytes)]);
  expect((await program.send(body)).status).toBe(200);
  const ready = await fetch(`${program.url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([
    200,
    expect.stringMatching(/^ok\nspool: 1 body \(\d+ of \d+ bytes\), the oldest for \d+ s; waiting: .+\n$/),
  ]);
  expect(await readFigures(program)).toMatchObject({ spool_bodies: 1, database_ready: 0 });
  expect((await program.send('{"kind":"Pod"}')).status).toBe(400);
  const answers = await Promise.all(Array.from({ length: 8 }, () => program.send(makeBody(10).body)));
  expect(answers.map(({ status }) => status).sort()).toContain(503);
  for (const { status, headers } of answers) if (status === 503) expect(headers.get('retry-after')).toBe('3');
  await vi.waitFor(async () => {
    const full = await fetch(`${program.url}/readyz`);
    expect([full.status, await full.text()]).toEqual([503, expect.stringMatching(/; the spool is full\nspool: /)]);
  }, patience);

  await postgres.start();
  await vi.waitFor(async () => expect(await readSpool(program)).toMatchObject({ bodies: 0, bytes: 0 }), patience);
  const kept = answers.filter(({ status }) => status === 200).length + 1;
  // One rendering serves a second, so it may be one of before.
  await vi.waitFor(
    async () =>
      expect(await readFigures(program)).toMatchObject({
        spool_bodies: 0,
        spool_bytes: 0,
        spool_replayed_total: kept,
        events_stored_total: kept * 10,
        database_ready: 1,
      }),
    patience,
  );
});

test('ends with an error if another process uses the folder', async () => {
  const { url } = await makeDatabase();
  const folder = await makeFolder();
  await startProgram(url, ['--spool', folder]);
  await expect(startProgram(url, ['--spool', folder])).rejects.toThrow(/ended with 3: .*in use by another process/);
});

/** Eight senders of small bodies, until the program is gone. */
async function startSenders(program: RunningProgram, sent: Set<string>, acknowledged: Set<string>): Promise<void> {
  let isGone = false;
  void program.ended.then(() => {
    isGone = true;
  });
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!isGone) {
        const { body, auditIds } = makeBody(2);
        for (const id of auditIds) sent.add(id);
        const status = await program.send(body).then(
          (answer) => answer.status,
          () => null,
        );
        if (status === 200) for (const id of auditIds) acknowledged.add(id);
      }
    }),
  );
}

async function readSpool({ url }: RunningProgram): Promise<{ bodies: number; bytes: number }> {
  const answer = await fetch(`${url}/readyz`, { headers: { accept: 'application/json' } });
  const said = (await answer.json()) as { spool: { bodies: number; bytes: number } };
  return said.spool;
}

async function readFigures({ url }: RunningProgram): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const figures = [...text.matchAll(/^snoop_auditlogger_(\w+) (\S+)$/gm)];
  return Object.fromEntries(figures.map(([, name, value]) => [name, Number(value)]));
}

async function readIds(url: string): Promise<string[]> {
  const pool = openPool(url);
  try {
    const { rows } = await pool.query<{ id: string }>('select audit_id as id from testing.audit_event');
    return rows.map(({ id }) => id).sort();
  } finally {
    await pool.end();
  }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-spool-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
