import { loadClusterDocument, migrate } from '@snoop/snoopdb';
import { expect, test, vi } from 'vitest';
import { makeBody, podListDocument } from './support/body.ts';
import { makeDatabase, readStored } from './support/database.ts';
import { startProgram } from './support/program.ts';

/** The program with a database that is ready. */
async function startReady(args: readonly string[] = []) {
  const { url, pool } = await makeDatabase();
  await migrate(pool);
  const program = await startProgram(url, args);
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(200), { timeout: 30_000 });
  return { program, pool };
}

test('a 200 means that every event is stored, and resolved by the document of its source', async () => {
  const { program, pool } = await startReady(['--source', 'kind-1']);
  await loadClusterDocument(pool, { source: 'kind-1', version: '1.36.3', etag: null, document: podListDocument });
  const { body, auditIds } = makeBody(3);
  const response = await program.send(body);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ stored: 3, repeated: false, unresolved: 0, rejected: 0 });
  const endpoint = 'listCoreV1NamespacedPod';
  expect(await readStored(pool)).toEqual(auditIds.map((auditId) => ({ auditId, endpoint, source: 'kind-1' })));
});

test('a body that comes twice is stored once, and answered 200 both times', async () => {
  const { program, pool } = await startReady();
  const { body, auditIds } = makeBody(2);
  expect((await program.send(body)).status).toBe(200);
  const repeat = await program.send(body);
  expect(repeat.status).toBe(200);
  expect(await repeat.json()).toMatchObject({ stored: 0, repeated: true });
  expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
});

test('a body that comes several times at once is stored once, and answered 200 each time', async () => {
  const { program, pool } = await startReady();
  const { body, auditIds } = makeBody(400);
  const responses = await Promise.all(Array.from({ length: 5 }, () => program.send(body)));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect((await readStored(pool)).map(({ auditId }) => auditId)).toEqual(auditIds);
});

test.for<[what: string, body: string, headers: Record<string, string>, status: number]>([
  ['no JSON', 'hello', {}, 400],
  ['JSON that is cut off', makeBody(1).body.slice(0, -2), {}, 400],
  ['another kind', JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: [] }), {}, 400],
  ['another content type', makeBody(1).body, { 'content-type': 'text/plain' }, 415],
  ['a compressed body', makeBody(1).body, { 'content-encoding': 'gzip' }, 415],
])('%s is refused for good, and nothing of it is stored', async ([, body, headers, status]) => {
  const { program, pool } = await startReady();
  const response = await program.send(body, headers);
  expect(response.status).toBe(status);
  expect(await response.text()).toMatch(/\w.*\.\n$/);
  expect(await readStored(pool)).toEqual([]);
});

test('an empty list is answered 200', async () => {
  const { program } = await startReady();
  const { body } = makeBody(0);
  expect((await program.send(body)).status).toBe(200);
});

test('bodies are never logged', async () => {
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
