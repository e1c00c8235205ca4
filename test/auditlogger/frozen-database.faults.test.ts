import { expect, onTestFinished, test } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { makeServer } from '../tools/database.ts';
import { openProxy } from '../tools/proxy.ts';
import { startOn } from './support/ready.ts';

interface Freezer {
  readonly what: string;
  /** Where the auditlogger finds the database, how that comes to a standstill, and how it goes on. */
  make(server: Awaited<ReturnType<typeof makeServer>>): Promise<{
    url: string;
    freeze(): Promise<void>;
    thaw(): Promise<void>;
  }>;
}

async function makeProxy(url: string) {
  const { hostname, port } = new URL(url);
  const proxy = await openProxy({ host: hostname, port: Number(port) });
  onTestFinished(() => proxy.close());
  return proxy;
}

const freezers: readonly Freezer[] = [
  {
    what: 'all processes of the database stand still',
    make: async (server) => ({ url: server.url, freeze: server.freeze, thaw: server.thaw }),
  },
  {
    what: 'connections swallow bytes, and deliver them later',
    async make({ url }) {
      const proxy = await makeProxy(url);
      return {
        url: proxy.through(url),
        freeze: async () => proxy.swallow(),
        thaw: async () => proxy.pass(),
      };
    },
  },
  {
    what: 'connections swallow bytes, and are cut later',
    async make({ url }) {
      const proxy = await makeProxy(url);
      return {
        url: proxy.through(url),
        freeze: async () => proxy.swallow(),
        async thaw() {
          proxy.cut();
          proxy.pass();
        },
      };
    },
  },
];

test.for(freezers)('$what: bodies in flight are answered 503, and each is stored once afterwards', async ({ make }) => {
  const server = await makeServer();
  const { url, freeze, thaw } = await make(server);
  const ready = await startOn({ url, pool: server.pool, connections: 24 });
  const { program, pool, checker, deliver, deliverUntilTaken } = ready;
  // More than fit into a transaction, and one that is written on its own.
  const bodies = [...Array.from({ length: 20 }, () => makeBody(100)), makeBody(6000)].map((body) => Buffer.from(body));

  // Some are in the middle of it, the others come when nothing moves any more.
  const early = bodies.slice(0, 10).map((body) => deliver(body));
  await freeze();
  const late = bodies.slice(10).map((body) => deliver(body));
  const answers = await Promise.all([...early, ...late]);
  for (const answer of answers) {
    expect([200, 503]).toContain(answer.status);
    if (answer.status === 503) expect(answer.retryAfter).toBe('3');
  }
  expect(answers.slice(10).map(({ status }) => status)).toEqual(late.map(() => 503));
  const notReady = await fetch(`${program.url}/readyz`);
  expect([notReady.status, await notReady.text()]).toEqual([503, expect.stringMatching(/\w/)]);
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);

  await thaw();
  const repeats = await Promise.all([...bodies, ...bodies].map((body) => deliverUntilTaken(body)));
  expect(new Set(repeats.map(({ status }) => status))).toEqual(new Set([200]));
  const { rows } = await pool.query('select count(*)::int as events from testing.held_event');
  expect(rows).toEqual([{ events: 8000 }]);
  await checker.check(pool);
});
