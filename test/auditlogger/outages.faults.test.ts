import type { Pool } from '@snoop/snoopdb';
import { createTestRandom } from '@snoop/snoopdb/test-random';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createApiserver } from '../tools/apiserver.ts';
import { makeBody, makeBodyOfNewTest, makeEvents, streamedEvents } from '../tools/bodies.ts';
import { createChecker } from '../tools/checker.ts';
import { makeDatabase, makeServer, prepareDatabase, type TestServer } from '../tools/database.ts';
import { startLoad } from '../tools/load.ts';
import {
  awaitMore,
  awaitReady,
  patience,
  type RunningAuditlogger,
  sendBody,
  startAuditlogger,
} from '../tools/program.ts';
import { openProxy } from '../tools/proxy.ts';
import { createBodySource } from './support/body-source.ts';

test('connects to a database that starts later', async () => {
  const server = await makeServer();
  await server.stop('fast');
  const auditlogger = await startAuditlogger(server.url);
  expect((await fetch(`${auditlogger.url}/healthz`)).status).toBe(200);
  const notReady = await fetch(`${auditlogger.url}/readyz`);
  expect(notReady.status).toBe(503);
  expect(await notReady.text()).toMatch(/database|ECONNREFUSED/);
  const checker = createChecker();
  const body = makeBody(3);
  checker.sent(body);
  const refused = await sendBody(auditlogger, body);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '3']);

  await server.start();
  await awaitReady(auditlogger);
  expect((await sendBody(auditlogger, body)).status).toBe(200);
  checker.acknowledged(body);
  await checker.check(server.pool);
});

/** What happens to a database in mid-batch; it is there again afterwards. */
const mishaps: readonly { what: string; happen: (server: TestServer) => Promise<void> }[] = [
  { what: 'stopped fast', happen: (server) => restart(server, 'fast') },
  { what: 'stopped immediately', happen: (server) => restart(server, 'immediate') },
  {
    what: 'backend terminated',
    happen: async ({ pool }) => {
      await awaitBusyBackend(pool);
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
    },
  },
  {
    // All others end with it, and PostgreSQL recovers from its log.
    what: 'backend killed',
    happen: async ({ pool }) => void process.kill(await awaitBusyBackend(pool), 'SIGKILL'),
  },
];

async function restart(server: TestServer, mode: 'fast' | 'immediate'): Promise<void> {
  await server.stop(mode);
  await server.start();
}

/** The process of a connection that is storing something. */
function awaitBusyBackend(pool: Pool): Promise<number> {
  return vi.waitFor(async () => {
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle' limit 1`,
    );
    const pid = rows[0]?.pid;
    if (pid === undefined) throw new Error('no connection of the auditlogger was seen at work');
    return pid;
  }, patience);
}

test('twenty stopped databases or killed backends under load: nothing lost, nothing stored twice', async () => {
  const random = createTestRandom();
  // Processes die here and no machine does: nothing depends on it but how long a recovery takes.
  const server = await makeServer({ settings: { fsync: 'off' } });
  await prepareDatabase(server.pool);
  const auditlogger = await startAuditlogger(server.url);
  await awaitReady(auditlogger);
  const checker = createChecker();
  const bodies = createBodySource(random, [1, 20, 100, 900]);
  const senders = 5;
  const load = startLoad({
    url: `${auditlogger.url}/events`,
    pace: { kind: 'closed', senders },
    nextBody: bodies.next,
    repeat: 'until stored',
    witness: checker,
  });
  for (let round = 0; round < 20; round++) {
    // Every kind of mishap meets one, since five is not a multiple of their number.
    if (round % 5 === 0) bodies.demandStreamed();
    // One of the senders at least has been told of a body that was sent after what happened before.
    await awaitMore(load, auditlogger, senders + 1);
    await mishaps[round % mishaps.length]?.happen(server);
  }
  await awaitMore(load, auditlogger, senders + 1);
  const { answers } = await load.stop();
  // Nothing else is an answer to a database that is away; 429 where a large body waits for its room.
  expect(Object.keys(answers).filter((answer) => !['200', '429', '503'].includes(answer))).toEqual([]);
  await checker.check(server.pool);
});

test('a connection is lost between COMMIT and its answer: the retry finds the body stored', async () => {
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const { hostname, port } = new URL(url);
  const proxy = await openProxy({ host: hostname, port: Number(port) });
  onTestFinished(() => proxy.close());
  const auditlogger = await startAuditlogger(proxy.through(url));
  await awaitReady(auditlogger);
  const checker = createChecker();
  for (const sizes of [[1], [400], [streamedEvents], [1, 50, 400, 1000], [1, 1, 1], [300, 300]]) {
    const cut = proxy.cutAtNextCommit();
    await Promise.all(
      sizes.map(async (size) => {
        const body = makeBodyOfNewTest(size);
        checker.sent(body);
        await vi.waitFor(async () => expect((await sendBody(auditlogger, body)).status).toBe(200), patience);
        checker.acknowledged(body);
      }),
    );
    await cut;
  }
  await checker.check(pool);
});

/** Someone goes away, and comes back at the same address. */
interface Absence {
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

function auditloggerGoes(databaseUrl: string, first: RunningAuditlogger): Absence {
  let auditlogger = first;
  return {
    async leave() {
      auditlogger.signal('SIGTERM');
      await auditlogger.ended;
    },
    async comeBack() {
      auditlogger = await startAuditlogger(databaseUrl, ['--listen', new URL(first.url).host]);
    },
  };
}

test.for<[who: 'the auditlogger' | 'the database', seconds: number]>([
  ['the auditlogger', 60],
  ['the database', 60],
  ['the database', 90],
  ['the database', 220],
])('%s is unavailable for %i s, with the schedule of a kube-apiserver: nothing is lost', async ([who, seconds]) => {
  const server = await makeServer();
  await prepareDatabase(server.pool);
  const auditlogger = await startAuditlogger(server.url);
  await awaitReady(auditlogger);
  const absence =
    who === 'the auditlogger'
      ? auditloggerGoes(server.url, auditlogger)
      : { leave: () => server.stop('fast'), comeBack: () => server.start() };
  const checker = createChecker();
  const { audit, clock, counts, shutDown } = createApiserver({
    url: `${auditlogger.url}/events`,
    // Time jumps from wait to wait, so that a machine that is busy is late for nothing.
    scale: Number.POSITIVE_INFINITY,
    batchMaxWaitMs: 5000,
    // Without jitter it is the least patient: its last try begins 81 s after the first.
    random: () => 0,
    witness: checker,
  });
  const happen = async (forSeconds: number): Promise<void> => {
    const start = clock.now();
    for (let second = 1; second <= forSeconds; second++) {
      for (const event of makeEvents(10)) audit(event);
      await clock.wait(start + second * 1000 - clock.now());
    }
  };

  await happen(20);
  await clock.hold(absence.leave);
  await happen(seconds);
  await clock.hold(async () => {
    await absence.comeBack();
    await awaitReady(auditlogger);
  });
  await happen(20);
  await shutDown();

  const audited = (seconds + 40) * 10;
  expect(counts).toMatchObject({ audited, acknowledgedEvents: audited, dropped: 0, lost: 0 });
  // It was away indeed.
  expect(counts.requests).toBeGreaterThan(counts.batches);
  await checker.check(server.pool);
});
