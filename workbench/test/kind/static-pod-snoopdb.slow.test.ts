import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClusterDocument, openPool } from '@snoop/snoopdb';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { deliver } from '../support/database.ts';
import { bringBack, makeNode, patience, readText, waitForConnection } from './node-of-processes.ts';
import { pods, users } from './static-pod.ts';

test('folders and passwords: each program reads only its own, and a second run changes nothing', async (ctx) => {
  const node = await makeNode(ctx);
  const look = (path: string): (string | number)[] => {
    const { uid, gid, mode, mtimeMs } = statSync(join(node.folder, path));
    return [path, uid, gid, (mode & 0o7777).toString(8), mtimeMs];
  };
  const paths = ['data', 'run', 'snoopdb', 'auditlogger', 'workbench']
    .flatMap((name) => [name, ...(name in users ? [`${name}/pgpass`] : [])])
    .flatMap((name) => (name === 'snoopdb' ? [name, 'snoopdb/workbench.pgpass'] : [name]))
    .map((name) => `var/lib/snoop/${name}`);
  const look1 = async (): Promise<(string | number)[][]> => [...paths, 'var/lib/snoop-spool'].map(look);
  // Both Pods start with it, in either order and at the same time.
  await Promise.all([node.prepare(pods.snoopdb), node.prepare(pods.auditlogger)]);
  const first = await look1();
  expect(first.map((facts) => facts.slice(0, 4))).toEqual([
    ['var/lib/snoop/data', 10001, 10001, '700'],
    ['var/lib/snoop/run', 10001, 10001, '755'],
    ['var/lib/snoop/snoopdb', 10001, 10001, '700'],
    ['var/lib/snoop/snoopdb/workbench.pgpass', 10001, 10001, '600'],
    ['var/lib/snoop/snoopdb/pgpass', 10001, 10001, '600'],
    ['var/lib/snoop/auditlogger', 10002, 10002, '700'],
    ['var/lib/snoop/auditlogger/pgpass', 10002, 10002, '600'],
    ['var/lib/snoop/workbench', 10003, 10003, '700'],
    ['var/lib/snoop/workbench/pgpass', 10003, 10003, '600'],
    ['var/lib/snoop-spool', 10002, 10002, '700'],
  ]);
  const read = (name: string): string => readText(join(node.folder, 'var/lib/snoop', name));
  const [owner, workbench] = [read('snoopdb/pgpass'), read('snoopdb/workbench.pgpass')];
  expect(owner).toMatch(/^\*:\*:\*:apisnoop:[\w-]{40}\n$/);
  expect(workbench).toMatch(/^\*:\*:\*:snoop_workbench:[\w-]{40}\n$/);
  expect(workbench.split(':').at(-1)).not.toBe(owner.split(':').at(-1));
  expect([read('auditlogger/pgpass'), read('workbench/pgpass')]).toEqual([owner, workbench]);
  await node.prepare(pods.snoopdb);
  expect(await look1()).toEqual(first);
});

test('SnoopDB creates its files again after an interruption', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const half = join(node.folder, 'var/lib/snoop/data/postgresql.new');
  const interrupted = node.startSnoopDb();
  await vi.waitFor(() => expect(existsSync(join(half, 'base')), interrupted.said()).toBe(true), patience);
  interrupted.signal('SIGKILL');
  await interrupted.ended;
  expect(existsSync(half)).toBe(true);
  const again = node.startSnoopDb();
  const client = await waitForConnection(node, again);
  const { rows } = await client.query(
    `select current_user as name, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user`,
  );
  expect(rows).toEqual([{ name: 'apisnoop', rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
  expect(existsSync(half)).toBe(false);
});

test('SIGTERM ends SnoopDB cleanly despite a client, and SIGKILL loses nothing', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const first = node.startSnoopDb();
  const staying = await waitForConnection(node, first);
  await staying.query('create table kept (n int)');
  await staying.query('insert into kept values (1)');
  first.signal('SIGTERM');
  expect(await first.ended, first.said()).toBe(0);
  expect(first.said()).toContain('database system is shut down');
  const second = node.startSnoopDb();
  const client = await waitForConnection(node, second);
  await client.query('insert into kept values (2)');
  const [postmaster] = readText(join(node.folder, 'var/lib/snoop/data/postgresql/postmaster.pid')).split('\n');
  process.kill(Number(postmaster), 'SIGKILL');
  expect(await second.ended).toBe(137);
  const { rows } = await (await bringBack(node)).query('select n from kept order by n');
  expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
});

test('SnoopDB requires the password, and accepts a new one', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const first = node.startSnoopDb();
  await waitForConnection(node, first);
  const host = join(node.folder, 'var/lib/snoop/run');
  for (const way of [
    { host, user: 'apisnoop', password: 'guessed' },
    { host: '127.0.0.1', user: 'apisnoop', password: 'guessed' },
    { host, user: 'postgres', password: '' },
  ]) {
    const client = new pg.Client({ ...way, port: node.port, database: 'postgres' });
    await expect(client.connect(), JSON.stringify(way)).rejects.toThrow(/password/);
  }
  first.signal('SIGTERM');
  await first.ended;
  const before = readText(join(node.folder, 'var/lib/snoop/snoopdb/pgpass'));
  rmSync(join(node.folder, 'var/lib/snoop/snoopdb/pgpass'));
  await node.prepare(pods.snoopdb);
  expect(readText(join(node.folder, 'var/lib/snoop/auditlogger/pgpass'))).not.toBe(before);
  const second = node.startSnoopDb();
  await waitForConnection(node, second);
  await node.connect('auditlogger');
  expect(second.said()).not.toMatch(/[\w-]{40}/);
});

test("the workbench's role reads everything and changes nothing", async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  // In the order in which they happen to start.
  const owner = node.startOwner('v1.35.8\n');
  await vi.waitFor(() => expect(owner.said()).toContain('SnoopDB is away'), patience);
  await waitForConnection(node, node.startSnoopDb());
  await vi.waitFor(() => expect(owner.said()).toContain('The baseline is 1.35.0'), patience);
  const workbench = await node.connect('workbench');
  const look =
    'select current_user as role, release, exists (select from public.open_api) as loaded from public.baseline';
  expect((await workbench.query(look)).rows).toEqual([{ role: 'snoop_workbench', release: '1.35.0', loaded: true }]);
  for (const statement of [
    'update testing.held_event set code = 200',
    'delete from testing.endpoint_hit',
    'delete from testing.body_ledger',
    'update testing.run set settled_at = null',
    "update public.baseline set release = '1.36.0'",
    'delete from public.open_api',
    'set role apisnoop',
  ]) {
    await expect(workbench.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  }
  owner.signal('SIGTERM');
  expect(await owner.ended, owner.said()).toBe(0);
  // A node of another release.
  const again = node.startOwner('v1.36.3\n');
  await vi.waitFor(() => expect(again.said()).toContain('The baseline is 1.36.0'), patience);
});

test("SnoopDB's owner resolves again what the workbench may not", async (ctx) => {
  const node = await makeNode(ctx);
  await Promise.all([node.prepare(pods.snoopdb), node.prepare(pods.auditlogger)]);
  await waitForConnection(node, node.startSnoopDb());
  const owner = node.startOwner('v1.36.3');
  await vi.waitFor(() => expect(owner.said()).toContain('The baseline is 1.36.0'), patience);
  const { auditlogger: port } = await choosePorts(null);
  const logger = node.startAuditlogger(port);
  await vi.waitFor(() => expect(logger.said()).toContain('the database is ready'), patience);
  const path = '/apis/example.com/v1/eggs';
  const [event] = JSON.parse(deliver(['an-egg']).toString()).items;
  const items = [{ ...event, requestURI: path }];
  const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`http://127.0.0.1:${port}/events`, { method: 'POST', headers, body })).status).toBe(200);
  const workbench = await node.connect('workbench');
  const look = async (): Promise<unknown[]> =>
    (await workbench.query("select endpoint from testing.audit_event where audit_id = 'an-egg'")).rows;
  expect(await look()).toEqual([{ endpoint: null }]);
  const { user, password, host } = workbench;
  const pool = openPool(`postgresql://${user}:${password}@${encodeURIComponent(host)}:${node.port}/apisnoop`, {
    max: 2,
  });
  onTestFinished(() => pool.end());
  const document = { paths: { [path]: { get: { operationId: 'listExampleComV1Egg' } } } };
  await loadClusterDocument(pool, { source: 'snoop-control-plane', version: 'v1.36.3', etag: null, document });
  await vi.waitFor(async () => expect(await look()).toEqual([{ endpoint: 'listExampleComV1Egg' }]), patience);
});

test('creates a lost password of the workbench again, and the owner keeps its own', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const first = node.startSnoopDb();
  await waitForConnection(node, first);
  await node.connect('workbench');
  const read = (name: string): string => readText(join(node.folder, 'var/lib/snoop', name));
  const before = { owner: read('snoopdb/pgpass'), workbench: read('workbench/pgpass') };
  first.signal('SIGTERM');
  await first.ended;
  rmSync(join(node.folder, 'var/lib/snoop/snoopdb/workbench.pgpass'));
  await node.prepare(pods.snoopdb);
  expect(read('snoopdb/pgpass')).toBe(before.owner);
  expect(read('workbench/pgpass')).not.toBe(before.workbench);
  const second = node.startSnoopDb();
  await waitForConnection(node, second);
  await node.connect('workbench');
  expect(second.said()).not.toMatch(/[\w-]{40}/);
});

test('reports files of another PostgreSQL, and a missing password', async (ctx) => {
  const node = await makeNode(ctx);
  await node.prepare(pods.snoopdb);
  const home = join(node.folder, 'var/lib/snoop');
  mkdirSync(join(home, 'data/postgresql'));
  writeFileSync(join(home, 'data/postgresql/PG_VERSION'), '9\n');
  const older = node.startSnoopDb();
  expect(await older.ended).toBe(3);
  expect(older.said()).toMatch(/are of PostgreSQL 9, and this image has \d+\. .*pg_dump/);
  writeFileSync(join(home, 'snoopdb/pgpass'), '');
  const closed = node.startSnoopDb();
  expect(await closed.ended).toBe(3);
  expect(closed.said()).toContain('does not have the form *:*:*:apisnoop:PASSWORD');
});

test('nodes that share a folder: one SnoopDB, one password, events by node', async (ctx) => {
  const [first, second] = [await makeNode(ctx), await makeNode(ctx)];
  // As mounted by ha.yaml: /var/lib/snoop is shared, the spools are not.
  symlinkSync(join(first.folder, 'var/lib/snoop'), join(second.folder, 'var/lib/snoop'));
  await first.prepare(pods.snoopdb);
  const password = readText(join(first.folder, 'var/lib/snoop/snoopdb/pgpass'));
  await Promise.all([first.prepare(pods.auditlogger), second.prepare(pods.auditlogger)]);
  expect(readText(join(second.folder, 'var/lib/snoop/auditlogger/pgpass'))).toBe(password);
  const client = await waitForConnection(first, first.startSnoopDb());
  const nodes = ['snoop-control-plane', 'snoop-control-plane2'];
  for (const [index, node] of [first, second].entries()) {
    const { auditlogger: port } = await choosePorts(null);
    const logger = node.startAuditlogger(port, { name: nodes[index] ?? '', postgresPort: first.port });
    await vi.waitFor(() => expect(logger.said()).toContain('the database is ready'), patience);
    const headers = { 'content-type': 'application/json' };
    const body = new Uint8Array(deliver([`ha-${index}`]));
    const sent = await fetch(`http://127.0.0.1:${port}/events`, { method: 'POST', headers, body });
    expect(await sent.text()).not.toContain('error');
  }
  await vi.waitFor(async () => {
    const { rows } = await client.query(
      "select source, audit_id from testing.audit_event where audit_id like 'ha-%' order by audit_id",
    );
    expect(rows).toEqual(nodes.map((source, index) => ({ source, audit_id: `ha-${index}` })));
  }, patience);
});
