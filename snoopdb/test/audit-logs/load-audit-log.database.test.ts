import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuditLoad, findInputs, type LoadAuditLogOptions, type LoadInput, loadAuditLog } from '../../src/index.ts';
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
beforeEach(() => loadSmallRelease(database.pool, release));
afterEach(async () => {
  expect(await listLeftTables()).toEqual([]);
  await database.empty();
});
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

const load = (input: LoadInput, options: Partial<LoadAuditLogOptions> = {}): Promise<AuditLoad> =>
  loadAuditLog(database.pool, input, { release, source: 'a job', ...options });

async function ask(sql: string): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

/** Tables of loads that are not loaded. */
const listLeftTables = (): Promise<unknown[]> =>
  ask(`select relname from pg_class
        where relkind = 'r' and relname ~ '^(audit|rejected)_event_[1-9]' and not relispartition`);

/** All there is of loaded events. */
const countRows = async () => {
  const [counts] = await ask(
    `select (select count(*)::int from public.audit_event), (select count(*)::int from public.endpoint_hit),
            (select count(*)::int from public.rejected_event), (select count(*)::int from public.loaded_file)`,
  );
  return counts;
};

const lines = (count: number, fields: (n: number) => Parameters<typeof writeEvent>[0] = () => ({})): string =>
  Array.from({ length: count }, (_, n) => `${writeEvent({ auditID: `a${n}`, ...fields(n) })}\n`).join('');

/** The two ways a file can go. */
const ways: [string, Partial<LoadAuditLogOptions>][] = [
  ['a small file', {}],
  ['a large file', { smallBytes: 2000 }],
];

describe.each(ways)('%s', (_way, way) => {
  test('is stored with everything derived from it', async () => {
    const log = [
      writeEvent({ auditID: 'a', userAgent: 'e2e.test/v1 -- it works [Conformance]' }).replace('{', '{"n":1e400,'),
      writeEvent({ auditID: 'b', verb: 'create', code: 404 }),
      'no event',
      writeEvent({ auditID: 'c', requestURI: '/healthz', verb: 'get', userAgent: undefined }),
      writeEvent({
        auditID: 'd',
        a: 'x\0',
        userAgent: 'kubelet/1',
        requestReceivedTimestamp: '2026-01-01T00:00:00.000001Z',
      }),
      writeEvent({ auditID: 'e', requestURI: '/api/v1/namespaces/default/pods?dryRun=All', verb: 'create', code: 201 }),
      writeEvent({ auditID: 'f' }).slice(0, -10),
    ].join('\n');
    expect(await load(await folder.write('log', log), { ...way, source: 'https://prow.k8s.io/view/gs/job' })).toEqual({
      read: 7,
      stored: 4,
      resolved: 3,
      rejected: 3,
      skipped: 0,
      file: expect.any(Number),
      name: 'log',
      release,
      source: 'https://prow.k8s.io/view/gs/job',
      before: null,
      // One of them was refused.
      shapes: [{ shape: 'plain events', events: 5 }],
      isCut: false,
    });
    expect(
      await ask(`select audit_id, release, release_date, source, stage, verb, code, endpoint, reason, is_hit, is_dry_run, test, test_hit, conf_test_hit,
                        requested_at = '2026-11-21T03:05:01Z' from public.audit_event order by id`),
    ).toMatchInlineSnapshot(`
      [
        [
          "a",
          "1.36.0",
          "2026-01-02",
          "https://prow.k8s.io/view/gs/job",
          "ResponseComplete",
          "list",
          200,
          "listNamespacedPod",
          null,
          true,
          false,
          "it works [Conformance]",
          true,
          true,
          true,
        ],
        [
          "b",
          "1.36.0",
          "2026-01-02",
          "https://prow.k8s.io/view/gs/job",
          "ResponseComplete",
          "create",
          404,
          "createNamespacedPod",
          null,
          false,
          false,
          "a test",
          false,
          false,
          true,
        ],
        [
          "c",
          "1.36.0",
          "2026-01-02",
          "https://prow.k8s.io/view/gs/job",
          "ResponseComplete",
          "get",
          200,
          null,
          "non-resource path",
          false,
          false,
          null,
          false,
          false,
          true,
        ],
        [
          "e",
          "1.36.0",
          "2026-01-02",
          "https://prow.k8s.io/view/gs/job",
          "ResponseComplete",
          "create",
          201,
          "createNamespacedPod",
          null,
          false,
          true,
          "a test",
          false,
          false,
          true,
        ],
      ]
    `);
    expect(await ask(`select data ->> 'n' from public.audit_event where audit_id = 'a'`)).toEqual([
      `1${'0'.repeat(400)}`,
    ]);
    expect(
      await ask('select line, reason, audit_id, endpoint, is_hit from public.rejected_event order by line'),
    ).toMatchInlineSnapshot(`
      [
        [
          "3",
          "no JSON: unexpected byte at 0 of the line",
          null,
          null,
          false,
        ],
        [
          "5",
          "the escape \\u0000, which jsonb cannot hold",
          "d",
          "listNamespacedPod",
          true,
        ],
        [
          "7",
          "no JSON: it ends too soon",
          null,
          null,
          false,
        ],
      ]
    `);
    // A rejected event with readable fields counts as a hit.
    expect(
      await ask(`select endpoint, useragent, test, test_hit, conf_test_hit, test_cut, sample_verb, sample_uri, sample_code,
                        (extract(epoch from first_seen_at) * 1000000)::bigint from public.endpoint_hit order by useragent`),
    ).toMatchInlineSnapshot(`
      [
        [
          "listNamespacedPod",
          "e2e.test/v1",
          "it works [Conformance]",
          true,
          true,
          false,
          "list",
          "/api/v1/namespaces/default/pods?limit=500",
          200,
          "1795230301000000",
        ],
        [
          "listNamespacedPod",
          "kubelet/1",
          null,
          false,
          false,
          false,
          "list",
          "/api/v1/namespaces/default/pods?limit=500",
          200,
          "1767225600000001",
        ],
      ]
    `);
    expect(await ask('select name, read, stored, resolved, rejected, state, bytes from public.loaded_file')).toEqual([
      ['log', '7', '4', '3', '3', 'loaded', String(Buffer.byteLength(log))],
    ]);
  });

  test('is loaded once for each release, compressed or not', async () => {
    const log = lines(20);
    const plain = await folder.write('log', log);
    expect(await load(plain, way)).toMatchObject({ stored: 20, skipped: 0 });
    const { file } = await load(plain, way);
    const again = { ...way, source: 'another job' };
    expect(await load(await folder.write('log.gz', gzipSync(log)), again)).toEqual({
      read: 0,
      stored: 0,
      resolved: 0,
      rejected: 0,
      skipped: 1,
      file,
      name: 'log.gz',
      release,
      // Where its events stand.
      source: 'a job',
      before: plain.name,
      shapes: [],
      isCut: false,
    });
    expect(await load(await pipeInput([log]), again)).toMatchObject({ skipped: 1, file, source: 'a job' });
    await loadSmallRelease(database.pool, '1.35.0');
    expect(await load(plain, { ...way, release: 'v1.35' })).toMatchObject({
      stored: 20,
      skipped: 0,
      release: '1.35.0',
    });
    expect(await countRows()).toEqual([40, 2, 0, 2]);
  });

  test('loaded twice at once is stored once', async () => {
    const log = lines(200);
    const loads = await Promise.all([1, 2, 3].map(async (n) => load(await folder.write(`log${n}`, log), way)));
    expect(loads.map((one) => one.skipped).sort()).toEqual([0, 1, 1]);
    expect(new Set(loads.map((one) => one.file)).size).toBe(1);
    expect(await countRows()).toEqual([200, 1, 0, 1]);
  });

  test('keeps the order of lines', async () => {
    await load(await folder.write('log', lines(9000)), way);
    expect(
      await ask(`select count(*)::int from (select audit_id, 'a' || row_number() over (order by id) - 1 as expected from public.audit_event) as event
                  where audit_id <> expected`),
    ).toEqual([0]);
  });

  test('loses only the events that PostgreSQL refuses', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const log = lines(300, (n) => (n % 100 === 50 ? { a: 1 } : {})).replaceAll('"a":1', `"a":${deep}`);
    expect(await load(await folder.write('log', log), way)).toMatchObject({ read: 300, stored: 297, rejected: 3 });
    expect(await ask('select line, sqlstate, audit_id from public.rejected_event order by line')).toEqual([
      ['51', '54001', 'a50'],
      ['151', '54001', 'a150'],
      ['251', '54001', 'a250'],
    ]);
  });

  test.each([
    ['broken gzip', (log: Buffer) => folder.write('log.gz', gzipSync(log).fill(0xff, 3000, 3100))],
    [
      'a wrong checksum',
      (log: Buffer) => folder.write('log.gz', Buffer.concat([gzipSync(log).subarray(0, -8), Buffer.alloc(8, 1)])),
    ],
    [
      'a failed transfer',
      (log: Buffer) =>
        pipeInput(
          (async function* () {
            yield log;
            await Promise.resolve();
            throw new Error('no more');
          })(),
        ),
    ],
  ])('leaves nothing after %s', async (_name, makeInput) => {
    const input = await makeInput(Buffer.from(lines(2000, (n) => ({ userAgent: `agent ${Math.sin(n)}` }))));
    await expect(load(input, way)).rejects.toMatchObject({ code: 'unreadable_input' });
    expect(await countRows()).toEqual([0, 0, 0, 0]);
  });

  test('leaves nothing after it was aborted', async () => {
    const stop = new AbortController();
    const input = await pipeInput(
      (async function* () {
        yield lines(5000);
        stop.abort(new Error('enough'));
        // What is awaited never comes.
        await new Promise(() => {});
      })(),
    );
    await expect(load(input, { ...way, signal: stop.signal })).rejects.toThrow('enough');
    expect(await countRows()).toEqual([0, 0, 0, 0]);
  });

  test('is refused for a release without endpoints', async () => {
    await expect(load(await folder.write('log', lines(1)), { ...way, release: '1.20' })).rejects.toMatchObject({
      code: 'no_endpoints',
      message: expect.stringMatching(/1\.20\.0.*snoop load openapi.*snoop load baseline/),
    });
    expect(await countRows()).toEqual([0, 0, 0, 0]);
  });

  test('reports progress', async () => {
    const seen: unknown[] = [];
    const input = await folder.write('log', lines(10));
    await load(input, { ...way, onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ bytes: input.bytes, totalBytes: input.bytes, events: 10 });
  });
});

test('a lost connection leaves nothing', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-length', 10_000_000);
    response.write(lines(4000), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`;
  const [input] = await findInputs(url, { cwd: '/', stdin: process.stdin });
  if (!input) throw new Error('A URL is one input.');
  await expect(load(input, { smallBytes: 2000 })).rejects.toMatchObject({ code: 'unreadable_input' });
  server.close();
  expect(await countRows()).toEqual([0, 0, 0, 0]);
});

test('a killed load leaves nothing visible, and the next one removes the rest', async () => {
  const program = fileURLToPath(new URL('../support/load-from-stdin.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions', '@snoop/source', program, database.url, release],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const ended = new Promise<unknown>((resolve) => child.once('close', (_code, signal) => resolve(signal)));
  child.stdin.on('error', () => {});
  child.stdin.write(lines(9000));
  // As soon as it has committed events to its own table, and not before.
  const isFilling = async (): Promise<boolean> => {
    const [table] = await listLeftTables().then((tables) => tables.filter((name) => /^audit/.test(String(name))));
    return table !== undefined && (await ask(`select exists (select from public.${table})`))[0] === true;
  };
  while (!(await isFilling()));
  // A load that lives is left alone.
  expect(await load(await folder.write('other', lines(1)))).toMatchObject({ stored: 1 });
  expect(await isFilling()).toBe(true);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  expect(await countRows()).toEqual([1, 1, 0, 2]);
  // The server notices a moment later that the client is gone.
  for (let n = 2; (await listLeftTables()).length > 0; n += 1) {
    await load(await folder.write('next', lines(n)));
  }
  expect(await ask(`select count(*)::int from public.loaded_file where state = 'loading'`)).toEqual([0]);
});
