import { setTimeout as wait } from 'node:timers/promises';
import { createTestRandom, pick, pickNumber, type Random } from '@snoop/snoopdb/test-random';
import { expect, onTestFinished, test } from 'vitest';
import { createSinkClient } from '../tools/sink-client.ts';
import { makeEvent, makeList, writeList } from './support/event.ts';
import { boundedMebibytes, readMemory, tellPeak } from './support/memory.ts';
import { mutate } from './support/mutate.ts';
import { readRealBodies } from './support/real-bodies.ts';
import { startReady } from './support/ready.ts';
import { openSlowSocket } from './support/slow-sockets.ts';

const bodies = 100_000;
const connections = 32;
/** What is asked again; 408 on a machine that is very busy. */
const later: readonly number[] = [408, 429, 503];

/** Random bytes, real bodies that were changed, and bodies whose every event has a user agent of its own. */
function makeOdd(real: readonly Buffer[], random: Random, number: number): Buffer {
  const kind = random();
  if (kind < 0.15) return Buffer.from(Array.from({ length: pickNumber(random, 300) }, () => pickNumber(random, 256)));
  if (kind < 0.7) return mutate(pick(random, real), random);
  const agent =
    kind < 0.8 ? `live-test-${number}` : kind < 0.9 ? `e2e.test/${number} -- test ${number}` : `agent ${number}`;
  return writeList([makeEvent({ userAgent: agent })]);
}

test(`${bodies} random and mutated bodies: no 5xx except 503, no crash, bounded memory`, async () => {
  const random = createTestRandom();
  const { program, pool, checker, deliver } = await startReady();
  const client = createSinkClient({ url: `${program.url}/events` });
  onTestFinished(() => client.close());
  // Some answers mean "later": while the database is available, no body may be postponed forever.
  const sendUntilSettled = async (body: Buffer): Promise<number> => {
    for (;;) {
      const { status } = await client.post(body);
      if (!later.includes(status)) return status;
      // Only the next answer tells whether there is room, so a client waits before it asks again.
      await wait(50);
    }
  };
  const real = readRealBodies();
  const answers: Record<number, number> = {};
  let [made, residentAtThird] = [0, 0];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (made < bodies) {
        made += 1;
        if (made === Math.floor(bodies / 3)) residentAtThird = readMemory(program.pid, 'VmRSS') ?? 0;
        const body = makeOdd(real, random, made);
        checker.sent(body);
        const status = await sendUntilSettled(body);
        answers[status] = (answers[status] ?? 0) + 1;
        if (status === 200) checker.acknowledged(body);
      }
    }),
  );
  const resident = readMemory(program.pid, 'VmRSS') ?? 0;
  console.log(`random bodies: answers ${JSON.stringify(answers)}, RSS ${residentAtThird} MiB then ${resident} MiB`);
  expect(Object.keys(answers).filter((status) => status !== '200' && status !== '400')).toEqual([]);
  expect(Math.min(answers[200] ?? 0, answers[400] ?? 0)).toBeGreaterThan(bodies / 10);
  // A quarter of all, or every agent kept, would be far more.
  expect(resident - residentAtThird).toBeLessThan(100);
  expect(tellPeak('random bodies', program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  expect(program.log()).not.toMatch(/"level":(50|60)/);
  // It is still the same process, and serves.
  expect(await deliver(makeList(1))).toMatchObject({ status: 200 });
  await checker.check(pool);
});

const emptyList = '{"kind":"EventList","items":[]}';
const headLines = [
  'host: localhost',
  'content-type: application/json',
  `content-length: ${emptyList.length}`,
  'transfer-encoding: chunked',
  'content-encoding: gzip',
  'content-length: -1',
  'content-length: 18446744073709551616',
  'expect: 100-continue',
  'connection: upgrade',
  'upgrade: websocket',
  `x-long: ${'x'.repeat(20_000)}`,
  'no colon',
  ': no name',
  'x-nul: \0',
];
const firstLines = [
  'POST /events HTTP/1.1',
  'POST /events/a%00b HTTP/1.1',
  'post /events HTTP/1.1',
  'PUT /events HTTP/1.0',
];
const moreFirstLines = [
  `POST /events/${'a/'.repeat(5000)} HTTP/1.1`,
  'POST //events HTTP/1.1',
  'CONNECT a:1 HTTP/1.1',
  '',
];

/** Requests with wrong heads, and bytes that are not requests. */
function makeOddRequest(random: Random): Buffer {
  if (random() < 0.3) return Buffer.from(Array.from({ length: 300 }, () => pickNumber(random, 256)));
  const lines = headLines.filter(() => random() < 0.3);
  const request = [pick(random, [...firstLines, ...moreFirstLines]), ...lines, '', emptyList].join('\r\n');
  return random() < 0.5 ? Buffer.from(request) : mutate(Buffer.from(request), random);
}

test('2,000 random and odd requests: no 5xx except 503, no crash, and every connection ends', async () => {
  const random = createTestRandom();
  const { program, pool, checker, deliver } = await startReady();
  for (let round = 0; round < 40; round++) {
    const requests = Array.from({ length: 50 }, () => makeOddRequest(random));
    const sockets = await Promise.all(requests.map((request) => openSlowSocket(program.url, request)));
    for (const socket of sockets) socket.end();
    await expect.poll(() => sockets.filter(({ isOpen }) => isOpen).length, { timeout: 180_000, interval: 5 }).toBe(0);
    for (const [index, { answer }] of sockets.entries()) {
      const said = [requests[index]?.toString('latin1').slice(0, 2000), answer];
      expect(said).toEqual([said[0], expect.stringMatching(/^(HTTP\/1\.1 ([1234]\d\d|503|505) |$)/)]);
    }
  }
  expect(program.log()).not.toMatch(/"level":(50|60)/);
  expect(await deliver(makeList(3))).toMatchObject({ status: 200 });
  await checker.check(pool);
});
