import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { boundedMebibytes, tellPeak } from './support/memory.ts';
import { type Ready, startReady } from './support/ready.ts';

const gzip = { 'content-encoding': 'gzip' };
const begin = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[';

/** A list of so many events that PostgreSQL refuses. */
function makeFlood(events: number, event: string): Buffer {
  return Buffer.from(`${begin}${`${event},`.repeat(events - 1)}${event}]}`);
}

/** Senders of ordinary bodies go on until the work is done; each of theirs must be answered 200. */
async function sendBeside<T>({ deliver }: Ready, name: string, work: () => Promise<T>): Promise<T> {
  let working = true;
  const times: number[] = [];
  const beside = Promise.all(
    Array.from({ length: 4 }, async () => {
      do {
        const answer = await deliver(Buffer.from(makeBody(50)));
        expect(answer).toMatchObject({ status: 200 });
        times.push(answer.ms);
      } while (working);
    }),
  );
  try {
    return await work();
  } finally {
    working = false;
    await beside;
    times.sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(0);
    console.log(`${name}: ${times.length} bodies of others beside it, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
}

const padding = 'x'.repeat(80);

test.for([
  ['an escaped NUL', `{"a":"\\u0000${padding}"}`],
  ['numbers in place of events', '0'],
] as const)('a million events of %s in one body: 413, and the body is kept once', async ([what, event]) => {
  const ready = await startReady({ connections: 16 });
  const { program, pool, checker, sender } = ready;
  const body = makeFlood(1_000_000, event);
  const packed = gzipSync(body);
  const answers = await sendBeside(ready, what, async () => [
    await sender.send(packed, gzip),
    await sender.send(packed, gzip),
  ]);
  const text = expect.stringContaining('More than 10,000 events of the body cannot be stored');
  expect(answers).toMatchObject([
    { status: 413, text },
    { status: 413, text },
  ]);
  await expect
    .poll(async () => (await pool.query('select sha256, bytes::int, seen::int from testing.rejected_body')).rows)
    .toEqual([{ sha256: createHash('sha256').update(body).digest(), bytes: body.length, seen: 2 }]);
  expect((await pool.query('select from testing.rejected_event limit 1')).rowCount).toBe(0);
  expect(tellPeak(what, program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});

test('10,000 events in a body that cannot be stored: 200, and each is kept', async () => {
  const ready = await startReady({ connections: 16 });
  const { pool, checker, deliver } = ready;
  const body = makeFlood(10_000, `{"a":"\\u0000${padding}"}`);
  const answer = await sendBeside(ready, '10,000 rejected events', () => deliver(body));
  expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"rejected":10000') });
  expect((await pool.query('select from testing.rejected_event')).rowCount).toBe(10_000);
  await checker.check(pool);
});

test('10,000 events in a body too long for the indexes: detected before PostgreSQL is queried', async () => {
  const ready = await startReady({ connections: 16 });
  const { pool, checker, deliver } = ready;
  const events = Array.from({ length: 10_000 }, (_, number) => {
    const agent = `live-test-${createHash('sha512').update(String(number)).digest('hex').repeat(20)}`;
    return `{"auditID":"${number}","userAgent":"${agent}"}`;
  });
  const body = Buffer.from(`${begin}${events.join(',')}]}`);
  const answer = await sendBeside(ready, '10,000 long agents', () => deliver(body));
  expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"rejected":10000') });
  await checker.check(pool);
});
