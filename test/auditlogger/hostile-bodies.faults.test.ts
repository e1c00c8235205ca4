import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { makeEvent, makeList, writeList } from './support/event.ts';
import { boundedMebibytes, largeBodyMebibytes, tellPeak } from './support/memory.ts';
import { replace } from './support/poison.ts';
import { startReady } from './support/ready.ts';

const largeBytes = 100_000_000;

function fill(unit: string, bytes = largeBytes): Buffer {
  return Buffer.alloc(unit.length * Math.floor(bytes / unit.length), unit);
}

/** An event between two ordinary ones; in the given place of it stands what is hostile. */
function besideOthers(fields: Record<string, unknown>, mark: string, hostile: Buffer): Buffer {
  const event = replace(JSON.stringify(makeEvent(fields)), mark, hostile);
  return writeList([makeEvent(), event, makeEvent()]);
}

const pods = '/api/v1/namespaces/default/pods';
const inQuery = { requestURI: `${pods}?@` };

test.for<[what: string, make: () => Buffer, reason: string]>([
  [
    '50 million lists in each other',
    () => besideOthers({ deep: '@' }, '"@"', Buffer.concat([fill('[', 50_000_000), fill(']', 50_000_000)])),
    'nesting of more than 10000 levels',
  ],
  [
    '16 million objects in each other',
    () =>
      besideOthers(
        { deep: '@' },
        '"@"',
        Buffer.concat([fill('{"a":', 80_000_000), Buffer.from('1'), fill('}', 16_000_000)]),
      ),
    'nesting of more than 10000 levels',
  ],
  ['a path of 100 MB', () => besideOthers({ requestURI: '/api/@' }, '@', fill('x')), 'a field of more than'],
  ['a path of 90 MB of %41', () => besideOthers({ requestURI: '/api/@' }, '@', fill('%41')), 'a field of more than'],
  ['a path of 100 MB of slashes', () => besideOthers({ requestURI: '/@' }, '@', fill('/')), 'a field of more than'],
  ['a query of 50 million keys', () => besideOthers(inQuery, '@', fill('&a')), 'a field of more than'],
  ['a query of 100 MB of escapes', () => besideOthers(inQuery, '@', fill('\\u0026')), 'a field of more than'],
  ['an agent of 100 MB', () => besideOthers({ userAgent: 'live-test -- @' }, '@', fill('x')), 'a field of more than'],
  ['an auditID of 100 MB', () => besideOthers({ auditID: '@' }, '@', fill('x')), 'a field of more than'],
])('%s: rejected with its reason, its neighbours are stored', async ([what, make, reason]) => {
  const { program, pool, checker, sender, deliver } = await startReady();
  const body = make();
  checker.sent(body);
  const answer = await sender.sendUntilSettled(gzipSync(body), { 'content-encoding': 'gzip' });
  checker.acknowledged(body);
  expect(answer.status).toBe(200);
  const { stored, rejected, repeated } = JSON.parse(answer.text);
  if (!repeated) expect([stored, rejected]).toEqual([2, 1]);
  const { rows } = await pool.query<{ reason: string }>('select reason from testing.rejected_event');
  expect(rows).toEqual([{ reason: expect.stringContaining(reason) }]);
  expect(await deliver(makeList(10))).toMatchObject({ status: 200 });
  expect(tellPeak(what, program.pid)).toBeLessThanOrEqual(largeBodyMebibytes);
  await checker.check(pool);
});

test('sixty events with URIs of 2 MB: stored, whatever their characters', async () => {
  const { program, pool, checker, deliverUntilTaken } = await startReady();
  const letters = Buffer.from(`日${'x'.repeat(2_000_000)}`);
  const events = Array.from({ length: 60 }, () => replace(JSON.stringify(makeEvent(inQuery)), '@', letters));
  expect(await deliverUntilTaken(writeList(events))).toMatchObject({ status: 200 });
  const { rows } = await pool.query('select count(*)::int as stored from testing.audit_event where is_hit');
  expect(rows).toEqual([{ stored: 60 }]);
  // Beside the body there are URIs as text, and as they are sent on.
  expect(tellPeak('URIs of 2 MB', program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});

test.for<[what: string, make: () => Buffer]>([
  [
    '120 million lists that are never closed',
    () => Buffer.concat([Buffer.from('{"kind":"Event","a":'), fill('[', 120e6)]),
  ],
  ['100 MB of blanks', () => Buffer.concat([Buffer.from('{"kind":"EventList","items":['), fill(' \n')])],
  ['a key of 100 MB', () => writeList([Buffer.concat([Buffer.from('{"'), fill('\\u0026'), Buffer.from('":1}')])])],
  ['a number of 100 MB', () => writeList([Buffer.concat([Buffer.from('{"a":'), fill('7'), Buffer.from('}')])])],
])('%s: refused with 400', async ([what, make]) => {
  const { program, sender, deliver } = await startReady();
  const answer = await sender.sendUntilSettled(gzipSync(make()), { 'content-encoding': 'gzip' });
  expect(answer.status, answer.text).toBe(400);
  expect(await deliver(makeList(10))).toMatchObject({ status: 200 });
  expect(tellPeak(what, program.pid)).toBeLessThanOrEqual(largeBodyMebibytes);
});

test.for<[what: string, bodies: number, events: number, characters: number]>([
  ['agents of 7.5 MB', 40, 1, 7_500_000],
  ['agents of 120 kB', 250, 8, 120_000],
  ['agents of 1,000 bytes', 20, 500, 1000],
])('%s, different in each event, are not kept in memory', async ([what, bodies, events, characters]) => {
  const { program, sender } = await startReady();
  for (let number = 0; number < bodies; number += 1) {
    const list = Array.from({ length: events }, (_, event) =>
      // No agent of a live test: that one has to fit into a row of an index.
      makeEvent({ userAgent: `somebody ${number}-${event} ${'x'.repeat(characters)}` }),
    );
    expect(await sender.sendUntilSettled(writeList(list))).toMatchObject({ status: 200 });
  }
  expect(tellPeak(what, program.pid)).toBeLessThanOrEqual(largeBodyMebibytes);
});
