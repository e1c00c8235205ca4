import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { makeBody } from './support/body.ts';
import { announce } from './support/delivery.ts';
import { patience, startReady } from './support/ready.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** A figure of the running program. */
async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^snoop_auditlogger_${name} (.*)$`, 'm').exec(text)?.[1]);
}

/** An idle connection. */
async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** However it ends: a connection that is cut in the middle of something ends with an error. */
function awaitClose(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

test('refuses a body over the limit before it is sent', async () => {
  const { program } = await startReady();
  const { sending, answer } = announce(program.url, { 'content-length': 129 * mebibyte });
  expect(await answer).toMatchObject({ status: 413, text: `The body is larger than ${128 * mebibyte} bytes.\n` });
  sending.destroy();
});

test('answers Expect: 100-continue with 100 or a refusal', async () => {
  const { program } = await startReady(['--max-body-bytes', '1MiB']);
  const { body } = makeBody(1);
  const asked = announce(program.url, { expect: '100-continue', 'content-length': body.length });
  await once(asked.sending, 'continue');
  asked.sending.end(body);
  expect((await asked.answer).status).toBe(200);
  const refused = announce(program.url, { expect: '100-continue', 'content-length': 2 * mebibyte });
  let isToGoOn = false;
  refused.sending.on('continue', () => {
    isToGoOn = true;
  });
  expect(await refused.answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
  expect(isToGoOn).toBe(false);
});

test('decodes gzip up to the limit only', async () => {
  const { program } = await startReady(['--max-body-bytes', '1MiB']);
  const bomb = gzipSync(Buffer.alloc(300 * mebibyte, ' '));
  const response = await program.send(bomb, { 'content-encoding': 'gzip' });
  expect([response.status, await response.text()]).toEqual([413, `The body is larger than ${mebibyte} bytes.\n`]);
  expect((await program.send(makeBody(1).body)).status).toBe(200);
});

test('refuses an endless body at the limit, and closes its connection', async () => {
  const { program } = await startReady(['--max-body-bytes', '1MiB']);
  const socket = await open(program.url);
  const part = Buffer.alloc(64 * kibibyte, ' ');
  const chunk = Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.write(
    'POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const closed = awaitClose(socket);
  const send = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', send);
  send();
  await closed;
  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect((await program.send(makeBody(1).body)).status).toBe(200);
});

test('answers 429 beyond the limit of bytes in flight', async () => {
  const { program } = await startReady(['--max-queue-bytes', '2MiB']);
  const halfSent = [1, 2, 3].map(() => announce(program.url, { 'content-length': 651 * kibibyte }));
  for (const { sending } of halfSent) sending.write(Buffer.alloc(650 * kibibyte, ' '));
  await expect.poll(() => readMetric(program.url, 'queue_bytes'), patience).toBeGreaterThan(1950 * kibibyte);
  const usual = Buffer.alloc(500 * kibibyte, ' ');
  const refused = await program.send(usual);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  // What finds room is taken.
  expect((await program.send(makeBody(1).body)).status).toBe(200);
  for (const { sending, answer } of halfSent) {
    sending.destroy();
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  }
  await expect.poll(() => readMetric(program.url, 'queue_bytes'), patience).toBe(0);
  // It is read now, and found to be nothing.
  expect((await program.send(usual)).status).toBe(400);
});

test('accepts one large body beside the others, and postpones a second one', async () => {
  const { program } = await startReady(['--max-queue-bytes', '2MiB']);
  const large = announce(program.url, { 'content-length': 7 * mebibyte });
  large.sending.write(Buffer.alloc(4 * mebibyte, ' '));
  await expect.poll(() => readMetric(program.url, 'queue_bytes'), patience).toBeGreaterThan(7 * mebibyte);
  const second = announce(program.url, { 'content-length': 7 * mebibyte });
  expect(await second.answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  second.sending.destroy();
  expect((await program.send(makeBody(500).body)).status).toBe(200);
  const { body } = makeBody(1);
  large.sending.write(Buffer.alloc(3 * mebibyte - body.length, ' '));
  large.sending.end(body);
  expect(await large.answer).toMatchObject({ status: 200 });
});

test('closes the longest idle connection of a stranger for a sender if all connections are used', async () => {
  const { program } = await startReady(['--max-connections', '4']);
  const strangers = {
    asking: await open(program.url),
    silent: await open(program.url),
    slow: await open(program.url),
    late: await open(program.url),
  };
  const hold = async (stranger: Socket, text: string): Promise<void> => {
    stranger.write(text);
    await once(stranger, 'data');
  };
  // Each is idle since its last state; only an answer that accepts events would end that.
  await hold(strangers.slow, headOf(10));
  await hold(strangers.asking, 'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
  await hold(strangers.late, 'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
  for (const leaving of [strangers.silent, strangers.slow, strangers.asking, strangers.late]) {
    const closed = awaitClose(leaving.resume());
    const sender = await open(program.url);
    const { body } = makeBody(1);
    sender.write(
      `POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    sender.write(body);
    const [said] = await once(sender, 'data');
    expect(String(said)).toMatch(/^HTTP\/1.1 200 /);
    await closed;
  }
});

test('keeps a connection that has sent events, even if it is idle', async () => {
  const { program } = await startReady(['--max-connections', '2']);
  const sender = await open(program.url);
  const { body } = makeBody(1);
  const send = async (): Promise<string> => {
    sender.write(headOf(body.length));
    await once(sender, 'data');
    sender.write(body);
    const [said] = await once(sender, 'data');
    return String(said);
  };
  expect(await send()).toMatch(/^HTTP\/1.1 200 /);
  for (let i = 0; i < 6; i++) {
    const stranger = await open(program.url);
    const closed = awaitClose(stranger.resume());
    await open(program.url);
    await closed;
  }
  expect(sender.closed).toBe(false);
  expect(await send()).toMatch(/^HTTP\/1.1 200 /);
});

/** Of a body that is sent when the program says that it may. */
function headOf(bytes: number): string {
  return `POST /events HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
}
