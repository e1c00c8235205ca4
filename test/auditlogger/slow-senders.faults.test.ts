import { expect, test, vi } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { boundedMebibytes, tellPeak } from './support/memory.ts';
import { type Ready, startReady } from './support/ready.ts';
import { chunk, endless, halfHead, halfSent, idle, openSlowSocket, type SlowSocket } from './support/slow-sockets.ts';

/** Opens that many connections with the same beginning, some at a time. */
async function openMany(count: number, url: string, begin: () => string | Buffer): Promise<SlowSocket[]> {
  const sockets: SlowSocket[] = [];
  while (sockets.length < count) {
    const batch = Math.min(50, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => openSlowSocket(url, begin())))));
  }
  return sockets;
}

/** Sends ordinary bodies one after the other, each of which must be answered 200, until it is so. */
async function sendUntil({ deliver }: Ready, isSo: () => boolean): Promise<number> {
  for (let sent = 1; ; sent++) {
    expect(await deliver(Buffer.from(makeBody(40)))).toMatchObject({ status: 200 });
    if (isSo()) return sent;
  }
}

test('500 half-sent bodies and slow senders: a normal sender is not delayed, and they are ended', async () => {
  const ready = await startReady();
  const { program, pool, checker } = ready;
  const half = makeBody(40);
  checker.sent(half);
  const sockets = [
    ...(await openMany(500, program.url, () => halfSent(Buffer.from(half), 40_000))),
    ...(await openMany(100, program.url, () => halfHead)),
    ...(await openMany(50, program.url, () => endless + chunk('{"kind":"EventList",'))),
  ];
  const idleOnes = await openMany(300, program.url, () => idle);
  await vi.waitFor(() => expect(idleOnes.every(({ answer }) => answer.includes('200 OK'))).toBe(true), 30_000);
  // Those without end go on: each gives another byte with each body of the normal sender.
  const unending = sockets.slice(-50);
  const sent = await sendUntil(ready, () => {
    for (const socket of unending) if (socket.isOpen) socket.write(chunk(' '));
    return sockets.every(({ isOpen, answer }) => !isOpen || answer !== '');
  });
  console.log(`slow senders: ${sent} bodies of a normal sender were taken until the last of them was ended`);
  for (const { answer } of sockets) expect(answer).toMatch(/^(HTTP\/1\.1 (408|400|429|503) |$)/);
  expect(idleOnes.filter(({ isOpen }) => isOpen)).toHaveLength(300);
  expect(tellPeak('slow senders', program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});

test('slow connections are closed for new ones beyond the limit', async () => {
  const ready = await startReady({ args: ['--max-connections', '50'], connections: 2 });
  const { program, pool, checker } = ready;
  const half = Buffer.from(makeBody(40));
  checker.sent(half);
  const slow = [
    ...(await openMany(100, program.url, () => idle)),
    ...(await openMany(100, program.url, () => halfSent(half, 1000))),
    ...(await openMany(100, program.url, () => halfHead)),
  ];
  await sendUntil(ready, () => slow.filter(({ isOpen }) => isOpen).length <= 50);
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  await checker.check(pool);
});

test('endless requests as fast as possible: refused at the limit, memory stays bounded', async () => {
  const { program, pool, checker, deliverUntilTaken } = await startReady();
  const floods = await openMany(20, program.url, () => endless + chunk('{"kind":"EventList","items":['));
  for (const socket of floods) socket.flood(chunk(' '.repeat(65_536)));
  let taken = 0;
  do {
    expect(await deliverUntilTaken(Buffer.from(makeBody(40)))).toMatchObject({ status: 200 });
    taken += 1;
  } while (floods.some(({ isOpen, answer }) => isOpen && answer === ''));
  console.log(`requests without end: ${taken} bodies of a normal sender were taken meanwhile`);
  for (const { answer } of floods) expect(answer).toMatch(/^(HTTP\/1\.1 (413|429|408) |$)/);
  expect(tellPeak('requests without end', program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});

test('large bodies that stop in the middle: a normal sender gets its turn', async () => {
  const { program, pool, checker, deliverUntilTaken } = await startReady();
  const large = Buffer.alloc(100_000_000, ' ');
  const slow = await openMany(40, program.url, () => halfSent(large, 2_000_000));
  for (let sent = 0; sent < 20; sent++) {
    expect(await deliverUntilTaken(Buffer.from(makeBody(40)))).toMatchObject({ status: 200 });
  }
  await vi.waitFor(() => expect(slow.filter(({ isOpen, answer }) => isOpen && answer === '')).toEqual([]), {
    timeout: 120_000,
    interval: 100,
  });
  expect(tellPeak('large bodies that stop', program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});
