import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { loadClusterDocument } from '@snoop/snoopdb';
import { expect, test, vi } from 'vitest';
import { makeBody, podListDocument } from './support/body.ts';
import { announce } from './support/delivery.ts';
import { readStored } from './support/database.ts';
import { patience, startReady } from './support/ready.ts';

test('a 200 means that every event is stored, and resolved by the document of its source', async () => {
  const { program, pool } = await startReady(['--source', 'kind-1']);
  await loadClusterDocument(pool, { source: 'kind-1', version: '1.36.3', etag: null, document: podListDocument });
  const { body, auditIds } = makeBody(3);
  const response = await program.send(body);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ events: 3, stored: 3, repeated: false, unresolved: 0, rejected: 0 });
  const endpoint = 'listCoreV1NamespacedPod';
  expect(await readStored(pool)).toEqual(auditIds.map((auditId) => ({ auditId, endpoint, source: 'kind-1' })));
});

test('stores a body that is sent twice once, and answers 200 both times', async () => {
  const { program, pool } = await startReady();
  const { body, auditIds } = makeBody(2);
  expect((await program.send(body)).status).toBe(200);
  const repeat = await program.send(body);
  expect(repeat.status).toBe(200);
  expect(await repeat.json()).toMatchObject({ stored: 0, repeated: true });
  expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
});

test('stores a body that is sent several times at once once, and answers 200 each time', async () => {
  const { program, pool } = await startReady();
  const { body, auditIds } = makeBody(400);
  const responses = await Promise.all(Array.from({ length: 5 }, () => program.send(body)));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
});

test('accepts a body in many parts, with or without its size, as the same body', async () => {
  const { program, pool } = await startReady();
  const { body, auditIds } = makeBody(3000);
  for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
    const { sending, answer } = announce(program.url, headers);
    for (let at = 0; at < body.length; at += 100_000) {
      await new Promise((resolve) => sending.write(body.slice(at, at + 100_000), resolve));
    }
    sending.end();
    const repeated = !('content-length' in headers);
    expect(JSON.parse((await answer).text)).toMatchObject({ events: 3000, repeated });
  }
  expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
});

test('treats a gzipped body like the body in it', async () => {
  const { program, pool } = await startReady();
  const { body, auditIds } = makeBody(2000);
  const zipped = await program.send(gzipSync(body), { 'content-encoding': 'gzip' });
  expect(await zipped.json()).toMatchObject({ stored: 2000, repeated: false });
  expect(await (await program.send(body)).json()).toMatchObject({ stored: 0, repeated: true });
  expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
});

test('the path names the source', async () => {
  const { program, pool } = await startReady(['--source', 'kind-1']);
  const paths = ['/events', '/events/', '/events/kind-2', '/events/kind-2?timeout=30s', '/events/a%40b'];
  for (const path of paths) {
    const { sending, answer } = announce(program.url, {}, path);
    sending.end(makeBody(1).body);
    expect((await answer).status).toBe(200);
  }
  const sources = (await readStored(pool)).map(({ source }) => source);
  expect(sources).toEqual(['kind-1', 'kind-1', 'kind-2', 'kind-2', 'a@b']);
});

test('refuses a path without a valid source, and stores nothing', async () => {
  const { program, pool } = await startReady();
  for (const [name, path] of [
    ['"-kind"', '/events/-kind'],
    ['"a/b"', '/events/a/b'],
    ['"\\u0000"', '/events/%00'],
    ['"%"', '/events/%'],
    [`"${'a'.repeat(100)}"`, `/events/${'a'.repeat(101)}`],
  ] as const) {
    const { sending, answer } = announce(program.url, {}, path);
    sending.end(makeBody(1).body);
    const { status, text } = await answer;
    expect([status, text], path).toEqual([400, expect.stringMatching(/letters, digits.*\.\n$/)]);
    expect(text).toContain(`${name} is not a valid source name`);
  }
  expect(await readStored(pool)).toEqual([]);
});

test('rejects a body that is not a list of events, and stores nothing of it', async () => {
  const { program, pool } = await startReady();
  const { body } = makeBody(1);
  const cases: [what: string, body: string, headers: Record<string, string>, status: number, sentence: RegExp][] = [
    ['nothing', '', {}, 400, /JSON/],
    ['no JSON', 'hello', {}, 400, /JSON/],
    ['JSON that is cut off', body.slice(0, -2), {}, 400, /JSON/],
    ['another kind', JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: [] }), {}, 400, /PodList/],
    ['what is said to be gzip', body, { 'content-encoding': 'gzip' }, 400, /gzip/],
    ['another content type', body, { 'content-type': 'text/plain' }, 415, /text\/plain/],
    ['another encoding', body, { 'content-encoding': 'br' }, 415, /'br'/],
  ];
  for (const [what, given, headers, status, sentence] of cases) {
    const response = await program.send(given, headers);
    expect(response.status, what).toBe(status);
    const text = await response.text();
    expect(text, what).toMatch(/\w.*\.\n$/);
    expect(text, what).toMatch(sentence);
  }
  expect(await readStored(pool)).toEqual([]);
});

test('refuses truncated gzip, whatever could be read of it', async () => {
  const { program, pool } = await startReady();
  const zipped = gzipSync(makeBody(2).body);
  const response = await program.send(zipped.subarray(0, -4), { 'content-encoding': 'gzip' });
  expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/gzip/)]);
  expect(await readStored(pool)).toEqual([]);
});

test('keeps the beginning of a rejected body, once for each hash', async () => {
  const { program, pool } = await startReady();
  const long = `no list ${'x'.repeat(5000)}`;
  for (const body of ['hello', long, 'hello', 'hello']) await program.send(body);
  const zip = Buffer.from('no gzip');
  await program.send(zip, { 'content-encoding': 'gzip' });
  const kept = async () =>
    (await pool.query('select sha256, start, bytes, seen, reason from testing.rejected_body order by bytes')).rows;
  const row = (body: string | Buffer, seen: string) => {
    const bytes = Buffer.from(body);
    const sha256 = createHash('sha256').update(bytes).digest();
    return { sha256, start: bytes.subarray(0, 1024), bytes: String(bytes.length), seen, reason: expect.any(String) };
  };
  await vi.waitFor(
    async () => expect(await kept()).toEqual([row('hello', '3'), row(zip, '1'), row(long, '1')]),
    patience,
  );
});

test('keeps only bodies that were answered 400', async () => {
  const { program, pool } = await startReady();
  const tooMany = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${'{},'.repeat(1_000_000)}{}]}`;
  expect((await program.send(tooMany)).status).toBe(413);
  expect((await program.send('hello')).status).toBe(400);
  const readSizes = async () => (await pool.query('select bytes::int from testing.rejected_body')).rows;
  await vi.waitFor(async () => expect(await readSizes()).toEqual([{ bytes: 5 }]), patience);
});

test('logs once that rejected bodies cannot be kept, and keeps them when it works again', async () => {
  const { program, pool } = await startReady();
  // A sequence counts tries that are taken back, too.
  await pool.query(`
    create sequence tries;
    create function refuse() returns trigger language plpgsql as $$
      begin
        perform nextval('tries');
        raise exception 'no room for these';
      end $$;
    create trigger refuse before insert on testing.rejected_body for each statement execute function refuse()`);
  expect((await program.send('hello')).status).toBe(400);
  const countTries = async () => Number((await pool.query('select last_value from tries')).rows[0]?.last_value);
  await expect.poll(countTries, patience).toBeGreaterThan(2);
  expect(program.log().split('rejected bodies cannot be saved; will retry')).toHaveLength(2);
  expect(program.log()).toContain('no room for these');
  await pool.query('drop trigger refuse on testing.rejected_body');
  await vi.waitFor(() => expect(program.log()).toContain('rejected bodies are saved again'), patience);
  const { rows } = await pool.query('select bytes::int, seen::int from testing.rejected_body');
  expect(rows).toEqual([{ bytes: 5, seen: 1 }]);
});

test('answers 200 to an empty list', async () => {
  const { program } = await startReady();
  const { body } = makeBody(0);
  expect((await program.send(body)).status).toBe(200);
});

test('never logs bodies', async () => {
  const { program } = await startReady(['--log-level', 'trace']);
  const { body, auditIds } = makeBody(1);
  await program.send(body);
  await program.send(body.slice(0, -2));
  await program.send(`${auditIds[0]} is no JSON`);
  program.signal('SIGTERM');
  const { stdout, stderr } = await program.ended;
  expect(stdout).toContain('not stored');
  expect(stdout + stderr).not.toContain(auditIds[0]);
});
