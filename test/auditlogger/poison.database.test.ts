import { randomBytes } from 'node:crypto';
import type { Pool } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { podEndpoint } from './support/document.ts';
import { makeEvent, makeList, writeList } from './support/event.ts';
import { poisons } from './support/poison.ts';
import { startReady } from './support/ready.ts';

interface SetAside {
  raw: Buffer;
  reason: string;
  sqlstate: string | null;
  auditId: string | null;
  endpoint: string | null;
  isHit: boolean;
}

async function readSetAside(pool: Pool): Promise<SetAside[]> {
  const { rows } = await pool.query<SetAside>(
    `select raw, reason, sqlstate, audit_id as "auditId", endpoint, is_hit as "isHit"
       from testing.rejected_event order by id`,
  );
  return rows;
}

async function countStored(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int from testing.audit_event');
  return rows[0]?.count ?? 0;
}

test('every poison is rejected alone: first, in the middle or last in a list', async () => {
  const { pool, checker, deliver } = await startReady();
  for (const { what, make, sqlstates } of poisons) {
    const [storedBefore, asideBefore] = [await countStored(pool), (await readSetAside(pool)).length];
    const given: ReturnType<typeof make>[] = [];
    for (const place of [0, 3, 6]) {
      const one = make();
      const events: (Buffer | object)[] = Array.from({ length: 6 }, () => makeEvent({ userAgent: 'somebody' }));
      events.splice(place, 0, one.bytes);
      const body = writeList(events);
      const answer = await deliver(body);
      expect(answer, what).toMatchObject({ status: 200 });
      expect(JSON.parse(answer.text), what).toMatchObject({ stored: 6, repeated: false, rejected: 1 });
      const repeat = await deliver(body);
      expect([repeat.status, JSON.parse(repeat.text)], what).toEqual([
        200,
        expect.objectContaining({ repeated: true }),
      ]);
      given.push(one);
    }

    expect((await countStored(pool)) - storedBefore, what).toBe(18);
    const aside = (await readSetAside(pool)).slice(asideBefore);
    expect(
      aside.map(({ raw }, index) => raw.equals(given[index]?.bytes ?? Buffer.of())),
      what,
    ).toEqual([true, true, true]);
    for (const [index, row] of aside.entries()) {
      expect(row, what).toMatchObject({ auditId: given[index]?.event.auditID, endpoint: podEndpoint, isHit: true });
      expect(row.reason, what).toMatch(/\w/);
      expect(sqlstates, what).toContain(row.sqlstate);
    }
    const auditIds = given.map(({ event }) => event.auditID);
    const recorded = await pool.query(
      `select distinct audit_id from testing.rejected_event where audit_id = any ($1) and stage = 'ResponseComplete'`,
      [auditIds],
    );
    expect(recorded.rowCount, what).toBe(3);
  }
  const { rows } = await pool.query(
    `select endpoint, useragent from testing.endpoint_hit where useragent like 'live-test-odd%'`,
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(new Set(rows.map(({ endpoint }) => endpoint))).toEqual(new Set([podEndpoint]));
  await checker.check(pool);
});

test('an event with an auditID too long for an index is rejected with the beginning of the auditID', async () => {
  const { pool, checker, deliver } = await startReady();
  const auditID = randomBytes(15_000).toString('base64');
  const body = writeList([makeEvent(), makeEvent({ auditID }), makeEvent()]);
  expect(await deliver(body)).toMatchObject({ status: 200 });
  expect(await countStored(pool)).toBe(2);
  const [row] = await readSetAside(pool);
  expect(row).toMatchObject({ sqlstate: '54000', isHit: true });
  expect(row?.auditId?.length).toBeGreaterThan(20);
  expect(auditID.startsWith(row?.auditId ?? '-')).toBe(true);
  await checker.check(pool);
});

test('items that are not objects are rejected, each with its bytes', async () => {
  const { pool, checker, deliver } = await startReady();
  const odd = ['5', 'null', '"text"', 'true', '[]', `[${JSON.stringify(makeEvent())}]`];
  expect(await deliver(writeList([...odd, makeEvent()]))).toMatchObject({ status: 200 });
  const aside = await readSetAside(pool);
  expect(aside.map(({ raw, isHit }) => [raw.toString(), isHit])).toEqual(odd.map((text) => [text, false]));
  expect(await countStored(pool)).toBe(1);
  await checker.check(pool);
});

test('a body with only poison, and a single poisoned event, are rejected', async () => {
  const { pool, checker, deliver } = await startReady();
  const all = poisons.map((poison) => poison.make().bytes);
  expect(await deliver(writeList(all))).toMatchObject({ status: 200 });
  const single = Buffer.from(
    JSON.stringify({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', ...makeEvent({ annotations: { a: '\0' } }) }),
  );
  expect(await deliver(single)).toMatchObject({ status: 200 });
  const aside = await readSetAside(pool);
  expect(aside.map(({ raw }) => raw.toString('latin1')).sort()).toEqual(
    [...all, single].map((bytes) => bytes.toString('latin1')).sort(),
  );
  expect(await countStored(pool)).toBe(0);
  await checker.check(pool);
});

test('300 of 2,000 events that only PostgreSQL refuses are rejected', { timeout: 240_000 }, async () => {
  const { pool, checker, deliverUntilTaken } = await startReady();
  const poison = poisons.find(({ sqlstates }) => sqlstates.includes('54000'));
  const events = Array.from({ length: 2000 }, (_, index) =>
    index % 20 < 3 && poison ? poison.make().bytes : makeEvent({ userAgent: 'somebody' }),
  );
  expect(await deliverUntilTaken(writeList(events))).toMatchObject({ status: 200 });
  expect(await countStored(pool)).toBe(1700);
  expect(await readSetAside(pool)).toHaveLength(300);
  await checker.check(pool);
});

test('concurrent poisoned and other bodies are all answered 200', async () => {
  const { pool, checker, deliver } = await startReady({ connections: 64 });
  const bodies = Array.from({ length: 128 }, (_, index) => {
    const poison = poisons[index % (4 * poisons.length)];
    return poison ? writeList([makeEvent(), poison.make().bytes, makeEvent()]) : makeList(3);
  });
  const answers = await Promise.all(bodies.map((body) => deliver(body)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const poisoned = bodies.filter((_, index) => poisons[index % (4 * poisons.length)]).length;
  expect(await readSetAside(pool)).toHaveLength(poisoned);
  expect(await countStored(pool)).toBe(3 * bodies.length - poisoned);
  await checker.check(pool);
});
