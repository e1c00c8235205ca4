import { gzipSync } from 'node:zlib';
import { createTestRandom, pick, pickNumber } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { makeEvent, makeList, writeList } from './support/event.ts';
import { boundedMebibytes, largeBodyMebibytes, tellPeak } from './support/memory.ts';
import { poisons } from './support/poison.ts';
import { type Ready, startReady } from './support/ready.ts';

const largeBytes = 100_000_000;
const mebibyte = 1024 * 1024;

/** An event of the given size, all of it in one text. */
function makeLargeEvent(ending: string): Buffer {
  const [start = '', end = ''] = JSON.stringify(makeEvent({ requestObject: { large: '@' } })).split('@');
  return Buffer.from(`${start}${'x'.repeat(largeBytes)}${ending}${end}`);
}

/** Four senders of ordinary bodies go on until the work is done; each of theirs must be answered 200. */
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
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    console.log(`${name}: ${times.length} bodies of normal senders beside it, p99 ${p99.toFixed(0)} ms`);
  }
}

test.for<[what: string, make: () => Buffer, events: number]>([
  ['75,000 ordinary events in a body of 100 MB', () => Buffer.from(makeBody(75_000)), 75_000],
  ['one event of 100 MB', () => writeList([makeLargeEvent('')]), 1],
  ['one event of 100 MB with an escaped NUL at its end', () => writeList([makeLargeEvent('\\u0000')]), 1],
])('%s: stored or rejected, beside normal senders', async ([what, make, events]) => {
  const ready = await startReady({ connections: 16 });
  const { program, pool, checker, sender } = ready;
  const body = make();
  // Before and after, not beside: reading the body would hold up the senders in this process, and show in their times.
  checker.sent(body);
  const answer = await sendBeside(ready, what, () => sender.sendUntilSettled(body));
  checker.acknowledged(body);
  expect(answer.status).toBe(200);
  const { stored, rejected, repeated } = JSON.parse(answer.text);
  // When it took longer than a sender waits, the repeat finds it stored.
  expect(repeated ? events : stored + rejected).toBe(events);
  expect(tellPeak(what, program.pid)).toBeLessThanOrEqual(largeBodyMebibytes);
  await checker.check(pool);
});

test('two bodies of 100 MB at once, sent until they are accepted', async () => {
  const ready = await startReady({ connections: 16 });
  const { program, pool, checker, deliverUntilTaken } = ready;
  const answers = await sendBeside(ready, 'two of 100 MB', () =>
    Promise.all([75_000, 75_000].map((events) => deliverUntilTaken(Buffer.from(makeBody(events))))),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(tellPeak('two of 100 MB', program.pid)).toBeLessThanOrEqual(largeBodyMebibytes);
  await checker.check(pool);
});

test('events of all sizes, each body twice, while connections break: stored as sent', async () => {
  const random = createTestRandom();
  const { pool, checker, deliverUntilTaken } = await startReady({ connections: 24 });
  // Above some size an event is not copied on its way; what it lies in must not be used for others too early.
  const sizes = [10, 1000, 30_000, 40_000, 70_000, 300_000, 1_200_000];
  const makeSized = (): Buffer | object => {
    if (random() < 0.02) return pick(random, poisons).make().bytes;
    const filling = Buffer.alloc(pick(random, sizes), String(random())).toString('latin1');
    return makeEvent({ requestObject: { filling } });
  };
  const bodies = Array.from({ length: 150 }, () =>
    writeList(Array.from({ length: pickNumber(random, 12) }, makeSized)),
  );
  let taken = 0;
  await Promise.all(
    bodies.map(async (body) => {
      const answers = await Promise.all([deliverUntilTaken(body), deliverUntilTaken(body)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      taken += 1;
      if (taken % 3 !== 1) return;
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name like 'auditlogger%'`,
      );
    }),
  );
  await checker.check(pool);
});

test('treats a gzipped body like the body in it', async () => {
  const { pool, checker, deliver, sender } = await startReady();
  const body = makeList(400);
  const zipped = gzipSync(body);
  checker.sent(body);
  const answer = await sender.send(zipped, { 'content-encoding': 'gzip' });
  expect(answer).toMatchObject({ status: 200 });
  checker.acknowledged(body);
  expect(JSON.parse((await deliver(body)).text)).toMatchObject({ repeated: true });
  await checker.check(pool);
});

const blanks = gzipSync(Buffer.alloc(16 * mebibyte, ' '));

test.for<[what: string, bomb: () => Buffer, status: number]>([
  ['10 GiB of blanks in 10 MB', () => Buffer.concat(Array.from({ length: 640 }, () => blanks)), 413],
  [
    '1 GiB of blanks within a list',
    () => Buffer.concat([gzipSync('{"kind":"EventList","items":['), ...Array.from({ length: 64 }, () => blanks)]),
    413,
  ],
  ['a body that is not gzip', () => makeList(1), 400],
  ['truncated gzip', () => gzipSync(makeList(400)).subarray(0, -20), 400],
  ['gzip followed by something', () => Buffer.concat([gzipSync(makeList(1)), Buffer.from('more')]), 400],
  ['gzip with a broken checksum', () => breakChecksum(gzipSync(makeList(1))), 400],
])('gzip: %s is refused with 400 or 413, and memory stays bounded', async ([what, makeBomb, status]) => {
  const { program, pool, checker, sender, deliver } = await startReady();
  const bomb = makeBomb();
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => sender.sendUntilSettled(bomb, { 'content-encoding': 'gzip' })),
  );
  expect(answers.map((answer) => answer.status)).toEqual([status, status, status, status]);
  expect(await deliver(makeList(10))).toMatchObject({ status: 200 });
  expect(tellPeak(what, program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});

function breakChecksum(zipped: Buffer): Buffer {
  zipped.writeUInt32LE((zipped.readUInt32LE(zipped.length - 8) + 1) >>> 0, zipped.length - 8);
  return zipped;
}
