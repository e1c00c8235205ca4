import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkDatabase, loadAuditLog, type LoadProgress } from '../../src/index.ts';
import { writeEvent } from '../support/audit-events.ts';
import { createLogFolder, type LogFolder, pipeInput } from '../support/log-files.ts';
import { loadSmallRelease } from '../support/small-release.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const release = '1.36.0';
let database: TestDatabase;
let folder: LogFolder;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await createLogFolder();
});
beforeEach(async () => {
  await database.empty();
  await loadSmallRelease(database.pool, release);
});
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

async function readCounts() {
  const found = await database.pool.query(
    `select read::int, stored::int, rejected::int, state,
            (select count(*)::int from public.rejected_event where file = loaded_file.id) as kept,
            (select max(line)::int from public.rejected_event where file = loaded_file.id) as "lastLine",
            (select sum(octet_length(raw))::int from public.rejected_event where file = loaded_file.id) as bytes
       from public.loaded_file where what = 'audit'`,
  );
  return found.rows;
}

const ways = [
  ['a small file', {}],
  ['a large file', { smallBytes: 2000 }],
] as const;

test.for(ways)('counts all lines of %s that are not events, and keeps the first 10,000', async ([_way, options]) => {
  const bad = '{}\n'.repeat(6000);
  const log = [bad, writeEvent(), '\n', bad, bad, writeEvent(), '\n'];
  const loaded = await loadAuditLog(database.pool, await pipeInput(log), { release, ...options });
  expect(loaded).toMatchObject({ read: 18_002, stored: 2, rejected: 18_000 });
  expect(await readCounts()).toMatchObject([
    { read: 18_002, stored: 2, rejected: 18_000, kept: 10_000, lastLine: 10_001, state: 'loaded' },
  ]);
});

test.for(ways)('keeps no more than 16 MiB of the rejected lines of %s', async ([_way, options]) => {
  const long = `${'x'.repeat(2_000_000)}\n`;
  const log = Array.from({ length: 40 }, () => long);
  expect(await loadAuditLog(database.pool, await pipeInput(log), { release, ...options })).toMatchObject({
    read: 40,
    rejected: 40,
  });
  expect(await readCounts()).toMatchObject([{ kept: 17, bytes: 17_000_000 }]);
});

test('takes no hits from events that are only counted', async () => {
  const bad = `${writeEvent({ requestURI: '/api/v1/namespaces/a/pods', annotations: { odd: '\0' } })}\n`;
  const loaded = await loadAuditLog(database.pool, await pipeInput(['{}\n'.repeat(10_000), bad]), { release });
  expect(loaded).toMatchObject({ read: 10_001, rejected: 10_001 });
  expect((await database.pool.query('select from public.endpoint_hit')).rowCount).toBe(0);
  expect(await checkDatabase(database.pool)).toMatchObject({ differences: [] });
});

test('reports progress even while nothing is stored', async () => {
  const packed = gzipSync('{"a":"bcdef"}\n'.repeat(900_000));
  const reports: LoadProgress[] = [];
  await loadAuditLog(database.pool, await folder.write('bad-lines.gz', packed), {
    release,
    onProgress: (progress) => reports.push({ ...progress }),
  });
  const shares = reports.map(({ bytes, totalBytes }) => bytes / (totalBytes ?? 0));
  expect(shares[0]).toBeLessThan(0.2);
  expect(shares[shares.length >> 1]).toBeLessThan(0.7);
  expect(shares.at(-1)).toBe(1);
});

test('a log with millions of lines that are not events is refused, and nothing of it is loaded', async () => {
  let pieces = 0;
  async function* read(): AsyncGenerator<string> {
    yield `${writeEvent()}\n`;
    for (; ; pieces += 1) yield '{}\n'.repeat(100_000);
  }
  await expect(loadAuditLog(database.pool, await pipeInput(read()), { release })).rejects.toMatchObject({
    code: 'unreadable_input',
    message: expect.stringMatching(
      /^standard input is not an audit log: more than 1,000,000 of its lines are not audit events \(the last: .+\)\. Nothing was loaded\.$/,
    ),
  });
  expect(pieces).toBeLessThan(30);
  expect(await readCounts()).toEqual([]);
});
