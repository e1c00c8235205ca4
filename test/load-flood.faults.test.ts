import { execFileSync } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '@snoop/snoopdb';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import type { TestDatabase } from '@snoop/snoopdb/test-database';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readMemory } from './auditlogger/support/memory.ts';
import { makeFolder, startSnoop } from './support/snoop.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into public.release_data (release, release_date, origin) values ('1.36.0', '2026-01-02', 'a test');
     insert into public.open_api (release, release_date, endpoint, level, category, path, deprecated, method)
     values ('1.36.0', '2026-01-02', 'listNodes', 'stable', 'core', '/api/v1/nodes', false, 'GET')`,
  );
});
afterEach(() => database.drop());

/** The memory limit of every load, in MiB. */
const mebibytes = 384;

const million = 1_000_000;
const many = (text: string, times: number): Buffer => Buffer.from(text.repeat(times));

interface Flood {
  readonly what: string;
  readonly write: (file: FileHandle) => Promise<void>;
  readonly read: number;
  readonly stored: number;
  readonly kept: number;
  /** With more lines that are not events, the file is refused as something else, before its end. */
  readonly isRefused?: true;
}

/** The largest line. */
const maxLineBytes = 128 * 2 ** 20;
const paddedEvent = (bytes: number): string => {
  const [head, tail] = ['{"stage":"","requestObject":"', '"}'];
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
};

const floods: readonly Flood[] = [
  {
    what: '5 million lines that are not events',
    write: (file) => repeat(file, many('{}\n', million), 5),
    read: 0,
    stored: 0,
    kept: 0,
    isRefused: true,
  },
  {
    what: 'a million lines that are not JSON',
    write: (file) => repeat(file, many('x\n', million), 1),
    read: million,
    stored: 0,
    kept: 10_000,
  },
  {
    what: 'a million of the smallest events',
    write: (file) => repeat(file, many('{"stage":""}\n', million / 10), 10),
    read: million,
    stored: million,
    kept: 0,
  },
  {
    what: '4,000 events, each with a blank line of 64 KiB behind it',
    write: (file) =>
      repeat(file, Buffer.concat([Buffer.from('{"stage":""}\n'), many(' ', 2 ** 16), many('\n', 1)]), 4000),
    read: 4000,
    stored: 4000,
    kept: 0,
  },
  {
    what: 'a list of 10 million items on one line of 20 MB',
    async write(file) {
      await file.write('{"kind":"EventList","items":[');
      await repeat(file, many('0,', million), 10);
      await file.write('0]}\n');
    },
    read: 0,
    stored: 0,
    kept: 0,
    isRefused: true,
  },
  {
    what: 'an array of 100 MB on one line',
    async write(file) {
      await file.write('[');
      await repeat(file, many(`${paddedEvent(999)},`, 1000), 100);
      await file.write('{"stage":""}]\n');
    },
    read: 100_001,
    stored: 100_001,
    kept: 0,
  },
  {
    what: 'a line of the largest size, and another event',
    write: (file) => file.writeFile(`${paddedEvent(maxLineBytes - 1)}\n{"stage":""}\n`),
    read: 2,
    stored: 2,
    kept: 0,
  },
  {
    what: 'a longer line, and another event',
    write: (file) => file.writeFile(`${paddedEvent(maxLineBytes + 2 ** 20)}\n{"stage":""}\n`),
    read: 2,
    stored: 1,
    kept: 1,
  },
];

async function repeat(file: FileHandle, piece: Buffer, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await file.writeFile(piece);
}

test.for(floods)('load audit of $what stays within its memory', async (flood) => {
  const fifo = join(await makeFolder(), 'audit.log');
  execFileSync('mkfifo', [fifo]);
  const args = ['load', 'audit', fifo, '--release', '1.36.0', '--database-url', database.url, '--output', 'json'];
  const snoop = startSnoop(args);
  const file = await open(fifo, 'w');
  const peaks = [readMemory(snoop.pid, 'VmHWM') ?? 0];
  const watch = setInterval(() => peaks.push(readMemory(snoop.pid, 'VmHWM') ?? 0), 100);
  await flood.write(file).catch((error: unknown) => {
    if (!flood.isRefused || !isSystemError(error, 'EPIPE')) throw error;
  });
  await file.close();
  const { exitCode, stdout, stderr } = await snoop.ended;
  clearInterval(watch);
  expect(exitCode, stderr).toBe(flood.stored === 0 ? 3 : 0);
  const { read, stored, kept } = flood;
  if (flood.isRefused) expect(stderr).toContain('is not an audit log: more than 1,000,000 of its lines');
  else expect(JSON.parse(stdout).total).toMatchObject({ read, stored, rejected: read - stored });
  const found = await database.pool.query<{ count: number }>('select count(*)::int from public.rejected_event');
  expect(found.rows[0]?.count).toBe(kept);
  const peak = Math.max(...peaks);
  console.log(`load audit of ${flood.what}: peak RSS ${peak} MiB`);
  expect(peak).toBeLessThanOrEqual(mebibytes);
});
