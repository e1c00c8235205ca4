import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAuditLog, SnoopDbError } from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { pipeInput } from '../support/log-files.ts';
import { countRounds, createTestRandom, pickNumber as below, type Random } from '../support/random.ts';
import { loadSmallRelease } from '../support/small-release.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const release = '1.36.0';
const inputs = countRounds(300);
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadSmallRelease(database.pool, release);
});
afterAll(() => database.drop());

/** What can happen to a log on its way. */
const mishaps: ((log: Buffer, random: Random) => Buffer)[] = [
  // Bytes that come from nowhere.
  (log, random) => {
    const hurt = Buffer.from(log);
    for (let times = 1 + below(random, 20); times > 0; times -= 1)
      hurt[below(random, hurt.length)] = below(random, 256);
    return hurt;
  },
  (log, random) => log.subarray(0, below(random, log.length)),
  (log, random) => log.subarray(below(random, log.length)),
  // A part is lost, or comes twice, or elsewhere.
  (log, random) => {
    const [a = 0, b = 0] = [below(random, log.length), below(random, log.length)].sort((one, other) => one - other);
    return Buffer.concat([log.subarray(0, a), log.subarray(b)]);
  },
  (log, random) => {
    const [a = 0, b = 0] = [below(random, log.length), below(random, log.length)].sort((one, other) => one - other);
    return Buffer.concat([log.subarray(0, b), log.subarray(a)]);
  },
  (log, random) => {
    const at = below(random, log.length);
    return Buffer.concat([log.subarray(at), log.subarray(0, at)]);
  },
  (log, random) => insert(log, random, Buffer.from('['.repeat(1 + below(random, 40_000)))),
  (log, random) => insert(log, random, Buffer.from(nestObjects(1 + below(random, 20_000)))),
  (log, random) => insert(log, random, Buffer.from(`,"n":1e${below(random, 200_000)},`)),
  (log, random) => insert(log, random, Buffer.from(`,"n":${'9'.repeat(below(random, 10_000))},`)),
  (log, random) =>
    insert(log, random, Buffer.from(['\\u0000', '\0', '\\ud83d', '\\udc00\\ud800'][below(random, 4)] ?? '')),
  (log, random) => insert(log, random, Buffer.from([0xed, 0xa0, 0x80])),
  (log, random) => insert(log, random, Buffer.from(['\n', '\r', '\r\n', '\n{', '}\n'][below(random, 5)] ?? '')),
  (log) => Buffer.from(log.toString().replaceAll('{', '{\n')),
  (log) => Buffer.from(log.toString(), 'utf16le'),
  (log, random) => {
    const packed = gzipSync(log);
    packed[below(random, packed.length)] = below(random, 256);
    return packed;
  },
  (log, random) => {
    const packed = gzipSync(log);
    return packed.subarray(0, below(random, packed.length));
  },
  (log, random) => gzipSync(Buffer.concat([log, Buffer.alloc(below(random, 3_000_000), ' ')])),
  (_log, random) => Buffer.from(Array.from({ length: below(random, 5000) }, () => below(random, 256))),
];

function insert(log: Buffer, random: Random, what: Buffer): Buffer {
  const at = below(random, log.length);
  return Buffer.concat([log.subarray(0, at), what, log.subarray(at)]);
}

function nestObjects(depth: number): string {
  return `,"a":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)},`;
}

function makeLog(random: Random): Buffer {
  const event = (): string =>
    writeEvent({
      requestURI: ['/api/v1/namespaces/a/pods', '/healthz', '/apis/none/v1/x?dryRun=All'][below(random, 3)] ?? '/',
      userAgent: ['e2e.test/v1 -- a test [Conformance]', 'kubelet/ö', 'live-test-writing'][below(random, 3)],
      code: [200, 404][below(random, 2)] ?? 200,
    });
  const parts = Array.from({ length: 1 + below(random, 12) }, () => {
    const kind = below(random, 4);
    if (kind === 0) return writeBody([event(), event()]).toString().trimEnd();
    return kind === 1 ? JSON.stringify(JSON.parse(event()), null, 2) : event();
  });
  return Buffer.from(parts.join('\n'));
}

test(`each of ${inputs} malformed logs fails with a clear error, or is stored or rejected completely`, async () => {
  const random = createTestRandom();
  const outcomes = { errors: 0, clean: 0, rejected: 0 };
  for (let round = 0; round < inputs; round += 1) {
    const mishap = mishaps[round % mishaps.length] ?? ((log: Buffer) => log);
    const log = mishap(makeLog(random), random);
    const label = `round ${round}`;
    const before = await count();
    // Every other one goes the way of large files.
    const options = { release, source: `round ${round}`, ...(round % 2 === 0 ? {} : { smallBytes: 500 }) };
    try {
      const { read, stored, resolved, rejected, skipped } = await loadAuditLog(
        database.pool,
        await pipeInput([log]),
        options,
      );
      expect(stored + rejected, label).toBe(read);
      expect(resolved, label).toBeLessThanOrEqual(stored);
      expect(await count(), label).toEqual({
        events: before.events + stored,
        rejected: before.rejected + rejected,
        files: before.files + 1 - skipped,
        loading: 0,
      });
      outcomes[rejected > 0 ? 'rejected' : 'clean'] += 1;
    } catch (error) {
      if (!(error instanceof SnoopDbError)) throw new Error(label, { cause: error });
      expect(error.code, label).toBe('unreadable_input');
      expect(await count(), label).toEqual(before);
      outcomes.errors += 1;
    }
  }
  // All three ways were gone.
  expect(
    Object.values(outcomes).every((times) => times > 0),
    JSON.stringify(outcomes),
  ).toBe(true);
}, 180_000);

async function count() {
  const found = await database.pool.query<{ events: number; rejected: number; files: number; loading: number }>(
    `select (select count(*)::int from public.audit_event) as events,
            (select count(*)::int from public.rejected_event) as rejected,
            (select count(*)::int from public.loaded_file where state = 'loaded') as files,
            (select count(*)::int from public.loaded_file where state = 'loading') as loading`,
  );
  const [row] = found.rows;
  if (!row) throw new Error('A count has a row.');
  return row;
}
