import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createEventWriter, schemaVersion, useNearestBaseline } from '@snoop/snoopdb';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { startAuditlogger } from '../support/apiserver.ts';
import { deliver, makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { openRelay } from '../support/relay.ts';
import { runDoctor, writeNamedKubeconfig } from './support.ts';

const { pool, url: databaseUrl } = await makeDatabase();
beforeAll(() => useNearestBaseline(pool, '1.36.3').then(() => undefined));

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers its version; everything else is up to the test. */
async function nameCluster(version: string, listener: RequestListener): Promise<string> {
  const server = await serve((request, response) => {
    if (request.url === '/version') response.end(JSON.stringify({ gitVersion: `v${version}` }));
    else listener(request, response);
  });
  return writeNamedKubeconfig({ server }, { token: 'token-of-ada' });
}

const notFound: RequestListener = (_request, response) => void response.writeHead(404).end('{}');

/** Runs it without a cluster: `snoopdb`, `auditlogger` and `versions` are checked. */
async function checkDatabase(url: string, ...args: string[]) {
  return runDoctor(await makeFolder(), '--database-url', url, ...args);
}

/** A database that a test spoils. */
const spoiled = await makeDatabase();

async function spoil(sql: string) {
  await spoiled.pool.query(sql);
  return checkDatabase(spoiled.url);
}

test('checks a database without a cluster', async () => {
  const { exitCode, found, sentence } = await checkDatabase(databaseUrl);
  expect(exitCode).toBe(1);
  expect(found).toMatchObject({ kubeconfig: 'no_cluster', snoopdb: 'ok', baseline: 'not checked', clocks: 'ok' });
  expect(sentence('snoopdb')).toMatch(new RegExp(`answers: schema ${schemaVersion}, .* live events`));
});

test('reports a read-only database', async () => {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  expect((await checkDatabase(url.href)).found).toMatchObject({ snoopdb: 'database_read_only' });
});

test('reports a role that may not add runs', async () => {
  const url = new URL(databaseUrl);
  if (url.username === 'apisnoop') url.username = 'postgres';
  url.searchParams.set('options', '-c role=pg_read_all_data');
  const { found, sentence } = await checkDatabase(url.href);
  expect(found).toMatchObject({ snoopdb: 'database_rights' });
  expect(sentence('snoopdb')).toBe('The role pg_read_all_data may not add runs to SnoopDB.');
});

test.for<[what: string, url: string, fault: string]>([
  ['a URL of another program', 'mysql://db/x', 'database_address'],
  ['a database that is away', 'postgresql://ada:hunter2@127.0.0.1:1/x', 'database_away'],
])('reports %s', async ([, url, fault]) => {
  const { found, stdout } = await checkDatabase(url);
  expect(found).toMatchObject({ snoopdb: fault, clocks: 'not checked' });
  expect(stdout).not.toContain('hunter2');
});

test('reports a live table and sources over their bounds, and another schema', async () => {
  const writer = createEventWriter(spoiled.pool, { source: 'a cluster' });
  await writer.write(deliver(['a.1', 'a.2']));
  await writer.close();
  const bounds = (rows: number, sources: number): string =>
    `insert into testing.live_upkeep (max_rows, max_bytes, max_age, max_sources, max_hits)
     values (${rows}, 1000000000, '7 days', ${sources}, 100)
     on conflict (only_row) do update set max_rows = excluded.max_rows, max_sources = excluded.max_sources`;
  expect((await spoil(bounds(1, 10))).found).toMatchObject({ snoopdb: 'live_table_full' });
  expect((await spoil(bounds(100, 0))).found).toMatchObject({ snoopdb: 'sources_full' });
  const newer = `insert into public.snoopdb_migration values (${schemaVersion + 1}, 'next.sql', '')`;
  expect((await spoil(newer)).found).toMatchObject({ snoopdb: 'schema_unknown' });
  const older = `delete from public.snoopdb_migration where version >= ${schemaVersion}`;
  expect((await spoil(older)).found).toMatchObject({ snoopdb: 'schema_older' });
  const other = `update public.snoopdb_migration set digest = 'other' where version = 1`;
  expect((await spoil(other)).found).toMatchObject({ snoopdb: 'schema_unknown' });
});

test('reports a baseline that is not the nearest', async () => {
  const kubeconfig = await nameCluster('1.34.2', notFound);
  const { found, sentence } = await checkDatabase(databaseUrl, '--kubeconfig', kubeconfig, '--wait', '0.1');
  expect(found).toMatchObject({
    cluster: 'ok',
    rights: 'not checked',
    baseline: 'baseline_far',
    probe: 'probe_missing',
  });
  expect(sentence('baseline')).toBe('The baseline is 1.36.0, and the cluster is 1.34.2; 1.34.0 is nearer.');
});

test('reports a probe request without an answer', async () => {
  const kubeconfig = await nameCluster('1.36.3', (request, response) => {
    if (request.url?.includes('snoop-probe')) request.socket.destroy();
    else notFound(request, response);
  });
  const { found } = await checkDatabase(databaseUrl, '--kubeconfig', kubeconfig);
  expect(found).toMatchObject({ probe: 'probe_unanswered', policy: 'not checked' });
});

test('reports a probe request whose event was rejected', async () => {
  const insert = `insert into testing.held_rejection
      (source, raw, reason, audit_id, is_dry_run, is_hit, document_revision)
    values ('a cluster', '', 'the agent is too long', $1, false, false, 0)`;
  const kubeconfig = await nameCluster('1.36.3', (request, response) => {
    void pool.query(insert, [request.headers['audit-id']]).then(() => response.writeHead(404).end('{}'));
  });
  const { found, sentence } = await checkDatabase(databaseUrl, '--kubeconfig', kubeconfig, '--wait', '1');
  expect(found).toMatchObject({ probe: 'probe_rejected' });
  expect(sentence('probe')).toContain('the agent is too long');
});

test.for<[what: string, status: string, fault: string]>([
  ['ready', 'True', 'ok'],
  ['not ready', 'False', 'auditlogger_pod'],
])('without a sink kubeconfig, checks whether the Pods of the auditlogger are %s', async ([, status, fault]) => {
  const conditions = [{ type: 'Ready', status, message: 'the probe failed' }];
  const items = [{ metadata: { name: 'auditlogger-0', namespace: 'snoop' }, status: { conditions } }];
  const kubeconfig = await nameCluster('1.36.3', (request, response) => {
    if (request.url?.startsWith('/api/v1/pods?')) response.end(JSON.stringify({ items }));
    else notFound(request, response);
  });
  const { found, sentence } = await runDoctor(await makeFolder(), '--kubeconfig', kubeconfig);
  expect(found).toMatchObject({ auditlogger: fault });
  expect(sentence('auditlogger')).toContain('snoop/auditlogger-0');
});

test('reports an auditlogger of another version, and a wrong path', async () => {
  const server = await serve((request, response) => {
    if (request.url === '/') response.end('auditlogger 9.9.9: POST an EventList\n');
    else if (request.url === '/readyz') response.end('{"ready":true,"reason":null,"spool":null}');
    else notFound(request, response);
  });
  const sink = await writeNamedKubeconfig({ server: `${server}/events/a` }, {});
  const { found } = await checkDatabase(databaseUrl, '--sink', sink);
  expect(found).toMatchObject({ auditlogger: 'auditlogger_rejects', versions: 'ok auditlogger_version' });
  const noPath = await writeNamedKubeconfig({ server }, {});
  expect((await checkDatabase(databaseUrl, '--sink', noPath)).found.auditlogger).toMatch(/^sink_fault/);
});

test.for<[what: string, fault: RegExp, flags: (folder: string) => string[]]>([
  ['without a spool', /^auditlogger_not_ready$/, () => []],
  ['with a backlog in its spool', /spool_waits/, (folder) => ['--spool', join(folder, 'spool')]],
])('reports an auditlogger whose database is away, %s', async ([, fault, flags]) => {
  const address = new URL(databaseUrl);
  const relay = await openRelay({ host: address.hostname, port: Number(address.port) });
  onTestFinished(() => relay.cut());
  address.port = String(relay.port);
  const { auditlogger: port } = await choosePorts(null);
  const listen = `127.0.0.1:${port}`;
  const program = startAuditlogger(['--listen', listen, ...flags(await makeFolder())], address.href);
  const sink = await writeNamedKubeconfig({ server: `http://${listen}/events` }, {});
  const expectFound = (found: RegExp): Promise<void> =>
    vi.waitFor(
      async () =>
        expect((await checkDatabase(databaseUrl, '--sink', sink)).found.auditlogger, program.said()).toMatch(found),
      { timeout: 30_000, interval: 200 },
    );
  await expectFound(/^ok$/);
  await relay.cut();
  const headers = { 'content-type': 'application/json' };
  await fetch(`http://${listen}/events`, { method: 'POST', headers, body: new Uint8Array(deliver(['spooled.1'])) });
  await expectFound(fault);
  await relay.open();
});
