import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from './support/body.ts';
import { announce } from './support/delivery.ts';
import { runProgram } from './support/program.ts';
import { patience, startReady } from './support/ready.ts';

/** The status that a body is answered with over a connection that stays. */
function post(url: string, agent: Agent, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/events`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    });
    sending.once('error', reject);
    sending.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)));
    sending.end(body);
  });
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.for<[signal: NodeJS.Signals]>([['SIGTERM'], ['SIGINT']])('ends with 0 after %s', async ([signal]) => {
  const { program } = await startReady();
  program.signal(signal);
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('after SIGTERM, stores and answers a body in flight, and refuses a new one', async () => {
  const { program } = await startReady();
  const { body } = makeBody(1);
  const { sending, answer } = announce(program.url, { expect: '100-continue', 'content-length': body.length });
  await once(sending, 'continue');
  program.signal('SIGTERM');
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(503), patience);
  const refused = await program.send(makeBody(1).body);
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('shutting down')]);
  sending.end(body);
  expect((await answer).status).toBe(200);
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('with a shutdown delay, serves a connected sender until it disconnects', async () => {
  const { program, pool } = await startReady(['--shutdown-delay', '10m']);
  const agent = new Agent({ keepAlive: true });
  expect(await post(program.url, agent, makeBody(1).body)).toBe(200);
  program.signal('SIGTERM');
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(503), patience);
  const { body, auditIds } = makeBody(2);
  expect(await post(program.url, agent, body)).toBe(200);
  agent.destroy();
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
  const { rowCount } = await pool.query('select from testing.audit_event where audit_id = any($1)', [auditIds]);
  expect(rowCount).toBe(2);
});

test('with a shutdown delay, ends at once if no sender is connected', async () => {
  const { program } = await startReady(['--shutdown-delay', '10m']);
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a sender that is refused while it sends can read the reason before the connection is closed', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'token'), 'a-token-of-the-test\n');
  const { program } = await startReady(['--token-file', join(folder, 'token')]);
  const { hostname, port } = new URL(program.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const half = Buffer.alloc(2 * 1024 * 1024, ' ');
  socket.write(
    `POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${2 * half.length}\r\n\r\n`,
  );
  socket.write(half);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 401 .*\r\nconnection: close\r\n.*no bearer token/is);
  socket.write(half);
  // It rejects when the connection is cut instead.
  await once(socket, 'close');
});

test('requires a token for events only', async () => {
  const folder = await makeFolder();
  const token = 'c'.repeat(40);
  await writeFile(join(folder, 'token'), `${token}\n`);
  const { program } = await startReady(['--token-file', join(folder, 'token')]);
  const { body } = makeBody(1);
  const refused = await program.send(body);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await refused.text()).toMatch(/token.*\.\n$/);
  expect((await program.send(body, { authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await program.send(body, { authorization: `Bearer ${token}` })).status).toBe(200);
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  expect(program.log()).toMatch(/"status":401.*no bearer token/);
  expect(program.log()).not.toContain(token);
});

test('the side routes describe the program', async () => {
  const { program } = await startReady();
  const { url } = program;
  expect(await (await fetch(url)).text()).toMatchInlineSnapshot(`
    "auditlogger 0.1.0: POST an EventList of audit.k8s.io/v1 to /events, or to /events/<source>; see /readyz and /metrics
    "
  `);
  expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
  expect(await (await fetch(`${url}/readyz`)).text()).toBe('ok\n');
  for (const path of ['/events', '/events/kind-1']) {
    const wrongMethod = await fetch(`${url}${path}`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
  }
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
  expect((await fetch(`${url}/eventsource`, { method: 'POST', body: 'x' })).status).toBe(404);
});

test('the metrics count answers', async () => {
  const { program } = await startReady();
  const { body } = makeBody(3);
  for (const one of [body, body, 'hello']) await program.send(one);
  const text = await (await fetch(`${program.url}/metrics`)).text();
  const figures = Object.fromEntries(
    [...text.matchAll(/^snoop_auditlogger_([a-z_]+(?:\{code="\d+"\})?) (\S+)$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  expect(figures).toMatchObject({
    events_received_total: 6,
    events_stored_total: 3,
    bodies_repeated_total: 1,
    bodies_rejected_total: 1,
    received_bytes_total: 2 * body.length + 'hello'.length,
    'answers_total{code="200"}': 2,
    'answers_total{code="400"}': 1,
    queue_bodies: 0,
    queue_bytes: 0,
    database_ready: 1,
    commit_seconds_count: 1,
    event_lag_seconds_count: 3,
  });
});

test.for<[what: string, args: string[], sentence: RegExp]>([
  ['an address others can reach', ['--listen', '0.0.0.0:9900'], /--listen 0\.0\.0\.0:\d+ needs /],
  ['an address without a port', ['--listen', 'localhost'], /HOST:PORT/],
  ['an unknown flag', ['--lisen', '127.0.0.1:0'], /--lisen.*--listen/],
  ['an invalid database URL', ['--database-url', 'secret'], /^(?!.*secret).*postgresql:/],
  ['an unknown log level', ['--log-level', 'loud'], /debug/],
])('reports %s in one sentence, and exits with 2', async ([, args, sentence]) => {
  const { exitCode, stderr, stdout } = await runProgram(args);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stdout).toBe('');
});

test('--help shows flags, environment and examples', async () => {
  const { exitCode, stdout } = await runProgram(['--help']);
  expect(exitCode).toBe(0);
  for (const word of ['--listen', 'SNOOP_LISTEN', 'DATABASE_URL', 'Examples:']) expect(stdout).toContain(word);
});

test('flags override the environment', async () => {
  const { exitCode, stderr } = await runProgram(['--listen', 'nowhere'], { SNOOP_LISTEN: '127.0.0.1:0' });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("'nowhere'")]);
});

test('reports a port that is in use', async () => {
  const { program } = await startReady();
  const { exitCode, stderr } = await runProgram([
    '--listen',
    new URL(program.url).host,
    '--database-url',
    'postgresql://localhost:1/x',
  ]);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/address already in use.*--listen/);
});
