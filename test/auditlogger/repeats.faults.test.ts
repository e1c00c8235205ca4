import { createTestRandom } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { makeBody, streamedEvents } from '../tools/bodies.ts';
import { createChecker } from '../tools/checker.ts';
import { makeDatabase, prepareDatabase } from '../tools/database.ts';
import { awaitReady, type RunningAuditlogger, sendBody, startAuditlogger } from '../tools/program.ts';

type Servers = readonly [RunningAuditlogger, ...RunningAuditlogger[]];

async function startServers(databaseUrl: string, count: number): Promise<Servers> {
  // Room for all that is sent at once: no 429 is to spare the database a repeat.
  const start = (): Promise<RunningAuditlogger> => startAuditlogger(databaseUrl, ['--max-queue-bytes', '256MiB']);
  const first = await start();
  const others = Array.from({ length: count - 1 }, start);
  const servers: Servers = [first, ...(await Promise.all(others))];
  await Promise.all(servers.map(awaitReady));
  return servers;
}

/** Events in a body: one, a batch, and so many that they are streamed. */
const sizes = [1, 400, streamedEvents];

test.for<[servers: number, order: 'one after the other' | 'at once']>([
  [1, 'one after the other'],
  [1, 'at once'],
  [3, 'one after the other'],
  [3, 'at once'],
])('the same body five times to %i server(s), %s: stored once, always answered 200', async ([count, order]) => {
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const servers = await startServers(url, count);
  const checker = createChecker();
  for (const size of sizes) {
    const body = makeBody(size);
    checker.sent(body);
    const send = async (turn: number): Promise<number> =>
      (await sendBody(servers[turn % servers.length] ?? servers[0], body)).status;
    const turns = [0, 1, 2, 3, 4];
    const statuses: number[] = [];
    if (order === 'at once') statuses.push(...(await Promise.all(turns.map(send))));
    else for (const turn of turns) statuses.push(await send(turn));
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    checker.acknowledged(body);
    expect((await pool.query('select from testing.body_ledger')).rowCount).toBe(sizes.indexOf(size) + 1);
  }
  await checker.check(pool);
});

test('many bodies, each five times in any order, to three servers at once: stored once, no deadlock', async () => {
  const random = createTestRandom();
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const servers = await startServers(url, 3);
  const checker = createChecker();
  const bodies = Array.from({ length: 60 }, (_, number) =>
    makeBody(number === 0 ? streamedEvents : 1 + (number % 7) * 10),
  );
  for (const body of bodies) checker.sent(body);
  const deliveries = bodies
    .flatMap((body) => [0, 1, 2, 3, 4].map((turn) => ({ body, turn, order: random() })))
    .sort((one, other) => one.order - other.order);
  const statuses = await Promise.all(
    deliveries.map(async ({ body, turn }) => {
      const { status } = await sendBody(servers[turn % 3] ?? servers[0], body);
      if (status === 200) checker.acknowledged(body);
      return status;
    }),
  );
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  await checker.check(pool);
  for (const server of servers) {
    server.signal('SIGTERM');
    expect((await server.ended).exitCode).toBe(0);
    expect(server.log()).not.toMatch(/deadlock/i);
  }
  // Statistics are written when connections end: asked after that.
  const { rows } = await pool.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  expect(rows).toEqual([{ deadlocks: '0' }]);
});
