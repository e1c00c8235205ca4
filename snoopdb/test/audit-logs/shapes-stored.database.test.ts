import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadAuditLog } from '../../src/index.ts';
import { writeEvent } from '../support/audit-events.ts';
import { pipeInput } from '../support/log-files.ts';
import { logShapes } from '../support/log-shapes.ts';
import { createTestRandom, pick, pickNumber, type Random } from '../support/random.ts';
import { loadSmallRelease } from '../support/small-release.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const release = '1.36.0';
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadSmallRelease(database.pool, release);
});
afterAll(() => database.drop());

const foreign = ['I0501 10:00:00.000000       1 controller.go:12] started', 'hello world', '{"level":"info"}', '[1] x'];

/** Loads a log in pieces, and compares what the load says with what the database holds. */
async function load(log: Buffer, pieceBytes: number, smallBytes?: number) {
  const pieces: Buffer[] = [];
  for (let at = 0; at < log.length; at += pieceBytes) pieces.push(log.subarray(at, at + pieceBytes));
  const options = { release, ...(smallBytes !== undefined && { smallBytes }) };
  const before = await count();
  const loaded = await loadAuditLog(database.pool, await pipeInput(pieces), options);
  expect(await count()).toEqual({
    events: before.events + loaded.stored,
    rejected: before.rejected + loaded.rejected,
  });
  expect(loaded.read).toBe(loaded.stored + loaded.rejected);
  return loaded;
}

async function count(): Promise<{ events: number; rejected: number }> {
  const found = await database.pool.query<{ events: number; rejected: number }>(
    `select (select count(*)::int from public.audit_event) as events,
            (select count(*)::int from public.rejected_event) as rejected`,
  );
  const [row] = found.rows;
  if (!row) throw new Error('A count has a row.');
  return row;
}

describe.each(logShapes.map((shape, number) => ({ number, what: `${number} ${shape.name ?? 'plain'}`, shape })))(
  '$what',
  ({ number, shape }) => {
    const makeLines = (random: Random): { lines: string[]; count: number } => {
      const events = Array.from({ length: 3 + pickNumber(random, 5) }, () => writeEvent());
      return { lines: shape.wrap(events, random), count: events.length };
    };
    const write = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

    test('stores every event, compressed or not', async () => {
      const { lines, count } = makeLines(createTestRandom(number));
      const log = write(lines);
      expect(await load(log, 100)).toMatchObject({ read: count, stored: count, isCut: false });
      // With another line, since the same content is loaded once.
      const other = Buffer.concat([log, Buffer.from('hello world\n')]);
      const packed = await load(gzipSync(other), 50, 100);
      expect(packed).toMatchObject({ read: count + 1, stored: count, rejected: 1, isCut: false });
    });

    test('stores or rejects what is read: cut at either end, mixed with other lines, compressed, compressed and cut', async () => {
      const random = createTestRandom(number);
      for (let round = 0; round < 6; round += 1) {
        const { lines, count } = makeLines(random);
        for (let times = pickNumber(random, 4); times > 0; times -= 1) {
          lines.splice(pickNumber(random, lines.length + 1), 0, pick(random, foreign));
        }
        const log = write(lines);
        const [from, to] = [pickNumber(random, log.length), 1 + pickNumber(random, log.length)];
        const cut = pick(random, [log.subarray(from), log.subarray(0, to)]);
        const packed = gzipSync(cut);
        const given = pick(random, [cut, packed, packed.subarray(0, pickNumber(random, packed.length - 8) + 8)]);
        const loaded = await load(given, pick(random, [7, 1000]), pick(random, [undefined, 100]));
        expect(loaded.stored).toBeLessThanOrEqual(count);
        if (given.length < packed.length && given !== cut) expect(loaded.skipped === 1 || loaded.isCut).toBe(true);
      }
    });
  },
);
