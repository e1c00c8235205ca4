import { request } from 'node:http';
import { expect, test, vi } from 'vitest';
import { makeBody } from './support/body.ts';
import { makeDatabase } from './support/database.ts';
import { runProgram, startProgram } from './support/program.ts';

const mebibyte = 1024 * 1024;

async function startReady() {
  const program = await startProgram((await makeDatabase()).url);
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(200), { timeout: 30_000 });
  return program;
}

/** Announces a body and sends nothing of it yet. */
function announce(url: string, bytes: number) {
  const headers = { 'content-type': 'application/json', 'content-length': bytes };
  const sending = request(`${url}/events`, { method: 'POST', headers });
  sending.flushHeaders();
  const status = new Promise<number | undefined>((resolve, reject) => {
    sending.once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sending.once('error', reject);
  });
  return { sending, status };
}

test.for<[signal: NodeJS.Signals]>([['SIGTERM'], ['SIGINT']])('%s ends it with 0', async ([signal]) => {
  const program = await startReady();
  program.signal(signal);
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('after SIGTERM a body in flight is stored and answered, a new one is refused', async () => {
  const program = await startReady();
  const { body } = makeBody(1);
  const { sending, status } = announce(program.url, body.length);
  // The half-sent body is known to the program once it answers a request that came later.
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  program.signal('SIGTERM');
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(503), { timeout: 5000 });
  expect((await program.send(makeBody(1).body)).status).toBe(503);
  sending.end(body);
  expect(await status).toBe(200);
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a body that is announced as larger than 128 MiB is refused before it is sent', async () => {
  const program = await startReady();
  const { sending, status } = announce(program.url, 129 * mebibyte);
  expect(await status).toBe(413);
  sending.destroy();
});

test('what is beyond the bytes in flight is put off, not piled up', async () => {
  const program = await startReady();
  const large = [announce(program.url, 128 * mebibyte), announce(program.url, 128 * mebibyte)];
  const { body } = makeBody(1);
  await vi.waitFor(async () => {
    const response = await program.send(body);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
  });
  for (const { sending, status } of large) {
    sending.destroy();
    await expect(status).rejects.toThrow();
  }
  await vi.waitFor(async () => expect((await program.send(body)).status).toBe(200));
});

test('the side routes say what this is', async () => {
  const { url } = await startReady();
  expect(await (await fetch(url)).text()).toMatchInlineSnapshot(`
    "auditlogger 0.1.0: POST an audit.k8s.io/v1 EventList to /events
    "
  `);
  expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
  expect(await (await fetch(`${url}/readyz`)).text()).toBe('ok\n');
  const wrongMethod = await fetch(`${url}/events`);
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
});

test.for<[what: string, args: string[], sentence: RegExp]>([
  ['an address others can reach', ['--listen', '0.0.0.0:9900'], /only loopback addresses are served/],
  ['an address without a port', ['--listen', 'localhost'], /HOST:PORT/],
  ['an unknown flag', ['--lisen', '127.0.0.1:0'], /--lisen.*--listen/],
  ['something that is no database URL', ['--database-url', 'secret'], /^(?!.*secret).*postgresql:/],
  ['an unknown log level', ['--log-level', 'loud'], /debug/],
])('%s is wrong use: one sentence, 2', async ([, args, sentence]) => {
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

test('flags beat the environment', async () => {
  const { exitCode, stderr } = await runProgram(['--listen', 'nowhere'], { SNOOP_LISTEN: '127.0.0.1:0' });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("'nowhere'")]);
});

test('a port that is taken is an error that says so', async () => {
  const { url } = await startReady();
  const { exitCode, stderr } = await runProgram([
    '--listen',
    new URL(url).host,
    '--database-url',
    'postgresql://localhost:1/x',
  ]);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/address already in use.*--listen/);
});
