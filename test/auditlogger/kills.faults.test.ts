import { setTimeout as wait } from 'node:timers/promises';
import { createTestRandom, type Random } from '@snoop/snoopdb/test-random';
import { expect, test, vi } from 'vitest';
import { makeBody, streamedEvents } from '../tools/bodies.ts';
import { createChecker } from '../tools/checker.ts';
import { makeDatabase, prepareDatabase } from '../tools/database.ts';
import { startLoad } from '../tools/load.ts';
import {
  awaitMore,
  awaitReady,
  patience,
  type RunningAuditlogger,
  sendBody,
  startAuditlogger,
} from '../tools/program.ts';
import { createBodySource } from './support/body-source.ts';

const sizes = [1, 10, 200, 900];

test('SIGKILL at fifty random moments under load: nothing acknowledged is lost', async () => {
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const checker = createChecker();
  // Two at a time on one database: one writes on while the other is killed.
  const lane = async (random: Random): Promise<void> => {
    let auditlogger = await startAuditlogger(url);
    const address = auditlogger.url;
    const bodies = createBodySource(random, sizes);
    const load = startLoad({
      url: `${address}/events`,
      pace: { kind: 'closed', senders: 3 },
      nextBody: bodies.next,
      repeat: 'until stored',
      witness: checker,
    });
    for (let kill = 0; kill < 25; kill++) {
      if (kill % 8 === 0) bodies.demandStreamed();
      await awaitMore(load, auditlogger);
      // The random moment, which no fact announces.
      await wait(random() * 60);
      await auditlogger.kill();
      auditlogger = await startAuditlogger(url, ['--listen', new URL(address).host]);
    }
    await awaitMore(load, auditlogger);
    await load.stop();
  };
  await Promise.all([lane(createTestRandom(1)), lane(createTestRandom(2))]);
  await checker.check(pool);
});

/** Bodies that are in the program's hands, by its own count. */
async function countBodiesInFlight({ url }: RunningAuditlogger): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^snoop_auditlogger_queue_bodies (\d+)$/m.exec(text)?.[1]);
}

test('SIGTERM: not ready, no new bodies; those in flight are committed and answered, exit 0', async () => {
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const auditlogger = await startAuditlogger(url);
  await awaitReady(auditlogger);
  const checker = createChecker();
  const lock = await pool.connect();
  try {
    // What it is given stays in flight as long as this holds.
    await lock.query('begin; lock table testing.body_ledger in share mode');
    const bodies = [1, 100, streamedEvents, 5, 5, 400].map((events) => makeBody(events));
    const inFlight = bodies.map((body) => {
      checker.sent(body);
      return sendBody(auditlogger, body);
    });
    await vi.waitFor(async () => expect(await countBodiesInFlight(auditlogger)).toBe(bodies.length), patience);

    auditlogger.signal('SIGTERM');
    await vi.waitFor(async () => expect((await fetch(`${auditlogger.url}/readyz`)).status).toBe(503), patience);
    const late = await sendBody(auditlogger, makeBody(2));
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '3']);

    await lock.query('rollback');
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual(bodies.map(() => 200));
    for (const body of bodies) checker.acknowledged(body);
  } finally {
    lock.release();
  }
  expect(await auditlogger.ended).toMatchObject({ exitCode: 0, stderr: '' });
  await checker.check(pool);
});

test('SIGTERM under load, five times: exit 0, nothing acknowledged is lost', async () => {
  const random = createTestRandom();
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const checker = createChecker();
  let auditlogger = await startAuditlogger(url);
  const address = auditlogger.url;
  const bodies = createBodySource(random, sizes);
  const load = startLoad({
    url: `${address}/events`,
    pace: { kind: 'closed', senders: 6 },
    nextBody: bodies.next,
    repeat: 'until stored',
    witness: checker,
  });
  for (let round = 0; round < 5; round++) {
    if (round % 2 === 0) bodies.demandStreamed();
    await awaitMore(load, auditlogger);
    // The random moment, which no fact announces.
    await wait(random() * 60);
    auditlogger.signal('SIGTERM');
    expect(await auditlogger.ended).toMatchObject({ exitCode: 0, stderr: '' });
    auditlogger = await startAuditlogger(url, ['--listen', new URL(address).host]);
  }
  await awaitMore(load, auditlogger);
  await load.stop();
  await checker.check(pool);
});
