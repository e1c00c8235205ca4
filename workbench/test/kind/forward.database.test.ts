import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identifyProcess, isDatabaseAway, openPool } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { expect, onTestFinished, test } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { openClusterApi } from '../../src/kind/cluster-api.ts';
import { ensureForward } from '../../src/kind/ensure-forward.ts';
import { openForward } from '../../src/kind/forward.ts';
import { createInitialState } from '../../src/kind/create.ts';
import { formatSnoopDbUrl } from '../../src/kind/snoopdb-address.ts';
import { removeKindState, writeKindState } from '../../src/kind/state.ts';
import type { KindState } from '../../src/kind/state.ts';
import { makeDatabase } from '../support/database.ts';
import { makePlace, runs } from './support.ts';
import type { Place } from './support.ts';

const patience = { timeout: 30_000 };
const node = 'snoop-control-plane';
const container = {
  id: '1',
  name: node,
  cluster: 'snoop',
  role: 'control-plane',
  running: true,
  created: '2026-01-01T00:00:00Z',
};

/** Creates a node with a real PostgreSQL, and its URL with another port. */
async function makeNode(): Promise<{ place: Place; through: (port: number) => Pool }> {
  const { url } = await makeDatabase();
  const real = new URL(url);
  const place = makePlace({ containers: [container], database: { host: real.hostname, port: Number(real.port) } });
  const through = (port: number): Pool => {
    const forwarded = new URL(url);
    forwarded.port = String(port);
    const pool = openPool(forwarded.href, { max: 4, connectTimeoutMs: 30_000 });
    onTestFinished(() => pool.end());
    return pool;
  };
  return { place, through };
}

test('forwards large and concurrent queries', async () => {
  const { place, through } = await makeNode();
  const forward = await openForward({ node, port: null, env: place.env, log: () => {} });
  onTestFinished(() => forward.close());
  const pool = through(forward.port);

  const long = 3_000_000;
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((letter) => pool.query<{ text: string }>('select repeat($1, $2) as text', [letter, long])),
  );

  expect(answers.map(({ rows }) => rows[0]?.text.length)).toEqual([long, long, long]);
  expect(answers.map(({ rows }) => rows[0]?.text[0])).toEqual(['a', 'b', 'c']);
});

test('reports a missing node as a database that is away, and works again when it returns', async () => {
  const { place, through } = await makeNode();
  const said: string[] = [];
  const forward = await openForward({ node, port: null, env: place.env, log: (text) => void said.push(text) });
  onTestFinished(() => forward.close());
  const pool = through(forward.port);
  place.change({ containers: [{ ...container, running: false }] });

  const error: unknown = await pool.query('select 1').catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({
    code: '57P03',
    message: `SnoopDB on the node ${node} cannot be reached: Error response from daemon: Container ${node} is not running`,
  });
  expect(isDatabaseAway(error)).toBe(true);
  expect(said).toEqual([`a connection failed: Error response from daemon: Container ${node} is not running`]);

  place.change({ containers: [container] });
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test("refuses a client's encryption request, and then gives the reason", async () => {
  const { place } = await makeNode();
  const forward = await openForward({ node, port: null, env: place.env, log: () => {} });
  onTestFinished(() => forward.close());
  place.change({ containers: [] });
  const socket = connect({ host: '127.0.0.1', port: forward.port });
  const heard: string[] = [];
  // As libpq does: a TLS request, and after the answer the startup message.
  socket.on('data', (piece) => {
    heard.push(piece.toString('latin1'));
    if (heard.length === 1) socket.write(Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]));
  });
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(heard[0]).toBe('N');
  expect(heard.slice(1).join('')).toContain('C57P03');
  expect(heard.slice(1).join('')).toContain(`No such container: ${node}`);
});

test('replaces an occupied port', async () => {
  const { place } = await makeNode();
  const options = { node, env: place.env, log: () => {} };
  const first = await openForward({ ...options, port: null });
  onTestFinished(() => first.close());
  const second = await openForward({ ...options, port: first.port });
  onTestFinished(() => second.close());
  expect(second.port).not.toBe(first.port);
});

test('cuts its connections when it is closed', async () => {
  const { place } = await makeNode();
  const forward = await openForward({ node, port: null, env: place.env, log: () => {} });
  const socket = connect({ host: '127.0.0.1', port: forward.port });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  await forward.close();
  await closed;
});

/** The forward's process, as started by `up`. */
function startProcess(
  place: Place,
  accepted: boolean,
): Promise<{ pid: number; port: number; pagePort: number; leave: () => void }> {
  const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));
  const args = ['forward', '--state', place.state, '--node', node];
  const child = fork(program, args, { env: place.env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    child.once('message', ({ port, pagePort }: { port: number; pagePort: number }) => {
      if (accepted) child.send('accepted');
      resolve({ pid: child.pid ?? 0, port, pagePort, leave: () => child.disconnect() });
    });
  });
}

test('outlives the up that started it, and ends when its cluster is deleted', async () => {
  const { place, through } = await makeNode();
  writeKindState(
    place.state,
    createInitialState(place.state, 'snoop', { name: 'node:made-here', release: '1.36.3' }, 'none'),
  );
  const { pid, port, leave } = await startProcess(place, true);
  leave();
  expect((await through(port).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect(runs(pid)).toBe(true);

  removeKindState(place.state);

  await expect.poll(() => runs(pid), patience).toBe(false);
});

test('serves the page of the forwarded SnoopDB, and ends it with the cluster', async () => {
  const { place, through } = await makeNode();
  const state = createInitialState(place.state, 'snoop', { name: 'node:made-here', release: '1.36.3' }, 'none');
  writeKindState(place.state, state);
  const { pid, port, pagePort, leave } = await startProcess(place, true);
  leave();
  const { options } = through(port);
  const url = String(options.connectionString);
  writeKindState(place.state, { ...state, snoopdb: { url, port }, ui: { port: pagePort } });
  const isServed = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${pagePort}/data/releases.json`).catch(() => null))?.ok === true;
  await expect.poll(isServed, patience).toBe(true);

  removeKindState(place.state);

  await expect.poll(() => runs(pid), patience).toBe(false);
  expect(await isServed()).toBe(false);
});

test('ends with an up that was killed before it recorded the forward', async () => {
  const { place } = await makeNode();
  writeKindState(
    place.state,
    createInitialState(place.state, 'snoop', { name: 'node:made-here', release: '1.36.3' }, 'none'),
  );
  const { pid, leave } = await startProcess(place, false);
  leave();
  await expect.poll(() => runs(pid), patience).toBe(false);
});

test('a running forward is kept, with the new password from the node', async () => {
  const place = makePlace({ containers: [container], password: 'newer' });
  const kubeconfig = join(place.folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    `{ apiVersion: v1, kind: Config, clusters: [{ name: k, cluster: { server: 'https://127.0.0.1:1' } }],
       users: [{ name: k, user: {} }], contexts: [{ name: k, context: { cluster: k, user: k } }] }`,
  );
  const begun = createInitialState(place.state, 'snoop', { name: 'node:made-here', release: '1.36.3' }, 'digest');
  // Nothing listens there: the state is written before it connects.
  const snoopdb = { url: formatSnoopDbUrl('older', 1), port: 1 };
  const state = { ...begun, controlPlanes: [node], forwarder: identifyProcess(process.pid), snoopdb };
  const noted: Partial<KindState>[] = [];
  const enough = new AbortController();

  const ended = ensureForward(
    { environment: readEnvironment(place.env), signal: enough.signal },
    { folder: place.state, api: openClusterApi({ kubeconfig, context: 'k' }), update: () => {} },
    state,
    (change) => {
      noted.push(change);
      enough.abort(new Error('enough'));
    },
  );

  await expect(ended).rejects.toThrow('enough');
  expect(noted).toEqual([{ snoopdb: { url: formatSnoopDbUrl('newer', 1), port: 1 } }]);
});
