import { createTestRandom } from '@snoop/snoopdb/test-random';
import { expect, test, vi } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { createChecker } from '../tools/checker.ts';
import { makeDatabase, prepareDatabase } from '../tools/database.ts';
import { startLoad } from '../tools/load.ts';
import { awaitMore, awaitReady, patience, sendBody, startAuditlogger } from '../tools/program.ts';
import { createBodySource } from './support/body-source.ts';

/** After this the kube-apiserver has no more ear for an answer. */
const giveUpMs = 30_000;

test.for<[what: string, lock: string]>([
  ['all hits, as a rebuild of them does', 'select pg_advisory_xact_lock(7306, 3)'],
  ['the table of events', 'lock table testing.held_event in access exclusive mode'],
])('another session locks %s: 503 in time, always ready, and stored once afterwards', async ([, lock]) => {
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const auditlogger = await startAuditlogger(url);
  await awaitReady(auditlogger);
  const checker = createChecker();
  const bodies = createBodySource(createTestRandom(), [1, 20, 400]);
  const load = startLoad({
    url: `${auditlogger.url}/events`,
    pace: { kind: 'closed', senders: 8 },
    nextBody: bodies.next,
    repeat: 'until stored',
    witness: checker,
  });
  await awaitMore(load, auditlogger);
  bodies.demandStreamed();

  const single = makeBody(3);
  const locker = await pool.connect();
  try {
    await locker.query(`begin; ${lock}`);
    checker.sent(single);
    const refused = await sendBody(auditlogger, single, { signal: AbortSignal.timeout(giveUpMs) });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '3']);
    // The database is available, /readyz reports so, and other bodies are accepted.
    expect((await fetch(`${auditlogger.url}/readyz`)).status).toBe(200);
    await vi.waitFor(() => expect(load.answers[503]).toBeGreaterThanOrEqual(8), patience);
    expect((await fetch(`${auditlogger.url}/readyz`)).status).toBe(200);
    // Nothing is to be stored for a body like this, so that it need not wait for anybody.
    expect((await sendBody(auditlogger, makeBody(0))).status).toBe(200);
    await locker.query('rollback');
  } finally {
    locker.release(true);
  }

  await vi.waitFor(async () => expect((await sendBody(auditlogger, single)).status).toBe(200), patience);
  checker.acknowledged(single);
  await awaitMore(load, auditlogger, 20);
  const { answers } = await load.stop();
  expect(Object.keys(answers).filter((answer) => answer !== '200' && answer !== '503')).toEqual([]);
  expect(auditlogger.log()).not.toMatch(/cannot store events/);
  await checker.check(pool);
});
