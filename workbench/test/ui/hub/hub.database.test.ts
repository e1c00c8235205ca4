import {
  acquireEmbeddedServer,
  inspectEmbeddedServer,
  migrate,
  openPool,
  type Pool,
  purgeEmbeddedServer,
} from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { defaultLogLimits } from '../../../src/ui/hub/event-log.ts';
import { maxUnconfirmed } from '../../../src/ui/live/messages.ts';
import { serveDatabase } from '../../../src/ui/served-database.ts';
import { makeDatabase } from '../../support/database.ts';
import { makeFolder } from '../../support/folder.ts';
import { openRelay } from '../../support/relay.ts';
import { openLivePage, type LivePage, serveHub, storeEvents } from './live-pages.ts';

let pool: Pool;
let url: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  await loadSmallReleases(pool);
});

const getPool = (): Pool => pool;
const countTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Waits until a hub follows the database: events that are stored from then on are sent. */
async function awaitFollowing({ messages }: LivePage): Promise<void> {
  await expect
    .poll(() => messages.findLast((message) => message.kind === 'status')?.database.state, { timeout: 20_000 })
    .toBe('following');
}

/** Several senders at once, whose transactions overlap. */
async function storeAtOnce(senders: number, bodies: number, events: number): Promise<string[]> {
  const names = countTo(senders).map((sender) =>
    countTo(bodies).map((body) => countTo(events).map((event) => `${sender}-${body}-${event}-${Math.random()}`)),
  );
  await Promise.all(
    names.map(async (ofSender) => {
      for (const ids of ofSender) await storeEvents(pool, ids);
    }),
  );
  return names.flat(2);
}

test('200 pages see each event once, and slow ones later; what waits for a page is bounded', async () => {
  const { url: page, mostWaiting, hub } = await serveHub({ getPool });
  const first = await openLivePage(page);
  await awaitFollowing(first);
  const slow = await Promise.all(countTo(5).map(() => openLivePage(page, { confirms: false })));
  const stopped = await openLivePage(page);
  stopped.socket.pause();
  const counting = await openLivePage(page, { rows: false });
  const pages = [first, ...(await Promise.all(countTo(192).map(() => openLivePage(page))))];
  expect(hub.clients).toBe(200);

  const ids = await storeAtOnce(4, 10, 100);
  const all = countTo(ids.length);
  for (const one of pages) await expect.poll(() => one.numbers.length, { timeout: 60_000 }).toBe(ids.length);
  expect([...(pages[0]?.auditIds ?? [])].sort()).toEqual([...ids].sort());
  for (const one of pages) expect(one.numbers).toEqual(all);
  expect(counting.model()).toMatchObject({ events: ids.length, rows: [] });
  expect(counting.model().counts.get('deleteCoreV1NamespacedPod')).toEqual([
    'deleteCoreV1NamespacedPod',
    ids.length,
    ids.length,
  ]);

  // Unconfirmed states and frames; statuses come on their own.
  for (const one of slow) {
    expect(one.messages.filter(({ kind }) => kind === 'frame' || kind === 'state').length).toBeLessThanOrEqual(
      maxUnconfirmed,
    );
  }
  expect(mostWaiting()).toBeLessThan(2 << 20);
  for (const one of slow) one.confirm();
  for (const one of slow) await expect.poll(() => one.numbers, { timeout: 60_000 }).toEqual(all);
  // Their frames were joined.
  for (const one of slow) expect(one.messages.filter(({ kind }) => kind === 'frame').length).toBeLessThan(30);
  // It answered nothing, so it may have been disconnected.
  stopped.close();
  const { position } = stopped.model();
  const again = await openLivePage(page, { at: position, model: stopped.model() });
  await expect.poll(() => again.numbers, { timeout: 60_000 }).toEqual(all.slice(position?.number ?? 0));
});

describe('a page that was away', () => {
  test('gets the rest once', async () => {
    const { url: page } = await serveHub({ getPool });
    const before = await openLivePage(page);
    await awaitFollowing(before);
    const witness = await openLivePage(page);
    await storeEvents(pool, ['away 1', 'away 2']);
    await expect.poll(() => before.auditIds).toEqual(['away 1', 'away 2']);
    before.close();
    await storeEvents(pool, ['away 3', 'away 4']);
    await expect.poll(() => witness.numbers.length).toBe(4);
    const model = before.model();
    const after = await openLivePage(page, { at: model.position, model });
    await expect.poll(() => after.auditIds).toEqual(['away 3', 'away 4']);
    expect(after.states).toEqual([]);
    expect(after.model().rows.map(({ auditId }) => auditId)).toEqual(['away 1', 'away 2', 'away 3', 'away 4']);
    expect(after.model().events).toBe(4);
  });

  test('for too long gets the state, with the newest events and the number of the others', async () => {
    const { url: page } = await serveHub({ getPool, limits: { ...defaultLogLimits, events: 10, rows: 5 } });
    const before = await openLivePage(page);
    await awaitFollowing(before);
    const witness = await openLivePage(page);
    await storeEvents(pool, ['long 0']);
    await expect.poll(() => before.numbers).toEqual([1]);
    before.close();
    await storeEvents(
      pool,
      countTo(99).map((number) => `long ${number}`),
    );
    await expect.poll(() => witness.model().events, { timeout: 20_000 }).toBe(100);
    const model = before.model();
    const after = await openLivePage(page, { at: model.position, model });
    await expect.poll(() => after.states.length).toBe(1);
    expect(after.numbers).toEqual([96, 97, 98, 99, 100]);
    expect(after.model()).toMatchObject({ events: 100, gap: { after: 1, events: 94 } });
  });

  test('of another session gets the state', async () => {
    const { url: page } = await serveHub({ getPool });
    const after = await openLivePage(page, { at: { session: 'of another server', number: 7 } });
    await expect.poll(() => after.states.length).toBe(1);
    const ahead = await openLivePage(page, { at: { session: after.states[0]?.session ?? '', number: 7 } });
    await expect.poll(() => ahead.states.length).toBe(1);
  });
});

test("the cluster's own requests are sent only to pages that want them", async () => {
  const { url: page } = await serveHub({ getPool });
  const [everything, others] = await Promise.all([openLivePage(page), openLivePage(page, { all: false })]);
  await awaitFollowing(everything);
  await storeEvents(pool, ['own'], 'kubelet/v1.36');
  await storeEvents(pool, ['ours'], 'live-test-writing -- a test');
  await expect.poll(() => everything.auditIds).toEqual(['own', 'ours']);
  await expect.poll(() => others.auditIds).toEqual(['ours']);
  expect(others.model()).toMatchObject({ events: 1, position: { number: 2 } });
  expect(others.model().newlyHit).toEqual([
    { endpoint: 'deleteCoreV1NamespacedPod', at: '2026-11-21T10:00:00.004Z', by: 'a test' },
  ]);
});

describe('SnoopDB', () => {
  test('is away and back: no event is lost, and the page is told', async () => {
    const { hostname, port } = new URL(url);
    const relay = await openRelay({ host: hostname, port: Number(port) });
    const through = new URL(url);
    through.port = String(relay.port);
    const relayed = openPool(through.href, { max: 2 });
    onTestFinished(() => relayed.end());
    const { url: page } = await serveHub({ getPool: () => relayed });
    const one = await openLivePage(page);
    await awaitFollowing(one);
    await storeEvents(pool, ['relay 1']);
    await expect.poll(() => one.auditIds).toEqual(['relay 1']);
    await relay.cut();
    const lastState = (): string | undefined =>
      one.messages.findLast((message) => message.kind === 'status')?.database.state;
    await expect.poll(lastState, { timeout: 20_000 }).toBe('away');
    await storeEvents(pool, ['relay 2', 'relay 3']);
    await relay.open();
    await expect.poll(() => one.auditIds, { timeout: 20_000 }).toEqual(['relay 1', 'relay 2', 'relay 3']);
    expect(lastState()).toBe('following');
    expect(one.states).toHaveLength(1);
    await relay.cut();
  });

  test('is killed and starts again at another address: the page goes on, and nothing is lost', async () => {
    const folder = await makeFolder();
    onTestFinished(() => purgeEmbeddedServer(folder));
    let server = await acquireEmbeddedServer({ folder, user: 'a test' });
    const database = await serveDatabase({
      async open() {
        const opened = openPool(server.url, { max: 4 });
        await migrate(opened);
        return { pool: opened, note: null, release: () => opened.end() };
      },
      locate: async () => server.url,
      log: () => {},
    });
    onTestFinished(() => database.close());
    const { url: page } = await serveHub({ getPool: () => database.getPool() });
    const one = await openLivePage(page);
    await awaitFollowing(one);
    await storeEvents(database.getPool(), ['killed 1']);
    await expect.poll(() => one.auditIds).toEqual(['killed 1']);
    const { pid } = (await inspectEmbeddedServer(folder)) ?? { pid: null };
    if (pid === null) throw new Error('The server has no process.');
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => one.messages.findLast((message) => message.kind === 'status')?.database.state, { timeout: 20_000 })
      .toBe('away');
    await server.release();
    server = await acquireEmbeddedServer({ folder, user: 'a test' });
    const direct = openPool(server.url, { max: 2 });
    await storeEvents(direct, ['killed 2']);
    await direct.end();
    await expect.poll(() => one.auditIds, { timeout: 30_000 }).toEqual(['killed 1', 'killed 2']);
    expect(one.states).toHaveLength(1);
    await database.close();
    await server.release();
  });

  test('is replaced: a new session begins', async () => {
    const other = await makeDatabase();
    let current = pool;
    const { url: page } = await serveHub({ getPool: () => current });
    const one = await openLivePage(page);
    await awaitFollowing(one);
    await storeEvents(pool, ['before']);
    await expect.poll(() => one.auditIds).toEqual(['before']);
    current = other.pool;
    await expect.poll(() => one.states.length, { timeout: 20_000 }).toBe(2);
    expect(one.model()).toMatchObject({ events: 0, rows: [] });
    await storeEvents(other.pool, ['after']);
    await expect.poll(() => one.auditIds).toEqual(['before', 'after']);
    expect(one.numbers).toEqual([1, 1]);
  });
});

test('a page that sends nonsense is disconnected; others stay', async () => {
  const { url: page, hub } = await serveHub({ getPool });
  const good = await openLivePage(page);
  const closeCode = async (send: (socket: LivePage['socket']) => void): Promise<number> => {
    const { socket } = await openLivePage(page);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    send(socket);
    return closed;
  };
  expect(await closeCode((socket) => socket.send('{"kind":"delete"}'))).toBe(1008);
  expect(await closeCode((socket) => socket.send(Buffer.from('{}')))).toBe(1008);
  expect(await closeCode((socket) => socket.send('x'.repeat(10_000)))).toBe(1009);
  const flood = (socket: LivePage['socket']): void => {
    for (let sent = 0; sent < 1000; sent += 1) socket.send('{"kind":"seen","number":0}');
  };
  expect(await closeCode(flood)).toBe(1008);
  await expect.poll(() => hub.clients).toBe(1);
  expect(good.socket.readyState).toBe(good.socket.OPEN);
});
