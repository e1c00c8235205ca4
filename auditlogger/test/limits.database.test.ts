import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { makeBody } from './support/body.ts';
import { announce, type Delivery } from './support/delivery.ts';
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

test('a body that is announced as too large is refused before it is sent', async () => {
  const { program } = await startReady();
  const { sending, answer } = announce(program.url, { 'content-length': 129 * mebibyte });
  expect(await answer).toMatchObject({ status: 413, text: `The body is larger than ${128 * mebibyte} bytes.\n` });
  sending.destroy();
});

test('who asks before sending is told to go on, or is refused', async () => {
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

test('gzip is decoded up to the limit only', async () => {
  const { program } = await startReady(['--max-body-bytes', '1MiB']);
  const bomb = gzipSync(Buffer.alloc(300 * mebibyte, ' '));
  const response = await program.send(bomb, { 'content-encoding': 'gzip' });
  expect([response.status, await response.text()]).toEqual([413, `The body is larger than ${mebibyte} bytes.\n`]);
  expect((await program.send(makeBody(1).body)).status).toBe(200);
});

test('a body without end is refused at the limit, and its connection cut', async () => {
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

test('what is beyond the bytes in flight is put off, not piled up', async () => {
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

test('one large body goes beside the others, a second one is put off', async () => {
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

test('when there are too many connections those go that were never answered: idle ones, then half-sent ones', async () => {
  const { program } = await startReady(['--max-connections', '6']);
  const proven = await open(program.url);
  proven.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(proven, 'data');
  const idle: Socket[] = [];
  // With the connection that was asked on whether it is ready.
  for (let i = 0; i < 4; i++) idle.push((await open(program.url)).resume());
  const { body } = makeBody(1);
  const halfSent: Delivery[] = [];
  const announceOneMore = async (): Promise<void> => {
    const delivery = announce(program.url, { expect: '100-continue', 'content-length': body.length });
    halfSent.push(delivery);
    // That it is told to go on shows that it is known.
    await once(delivery.sending, 'continue');
    delivery.sending.write(body.slice(0, 10));
  };
  for (const leaving of idle) {
    const closed = awaitClose(leaving);
    await announceOneMore();
    await closed;
    expect(idle.filter(({ closed }) => closed)).toHaveLength(idle.indexOf(leaving) + 1);
  }
  await announceOneMore();
  const [cut, ...others] = halfSent;
  await expect(cut?.answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  for (const { sending } of others) sending.end(body.slice(10));
  for (const { answer } of others) expect((await answer).status).toBe(200);
  proven.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
  const [again] = await once(proven, 'data');
  expect(String(again)).toMatch(/^HTTP\/1.1 200 /);
});

test('when all connections were answered before, the longest idle one goes, then the longest half-sent one', async () => {
  const { program } = await startReady(['--max-connections', '3']);
  const { body } = makeBody(1);
  const head = `POST /events HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const openProven = async (): Promise<{
    socket: Socket;
    closed: Promise<void>;
    send(text: string): Promise<string>;
  }> => {
    const socket = await open(program.url);
    const closed = awaitClose(socket);
    const send = async (text: string): Promise<string> => {
      socket.write(text);
      const [said] = await once(socket, 'data');
      return String(said);
    };
    expect(await send('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
    return { socket, closed, send };
  };
  // One goes for the last of them: that which was asked on whether it is ready.
  const first = await openProven();
  const second = await openProven();
  const third = await openProven();
  expect(await first.send(head)).toMatch(/^HTTP\/1.1 100 /);
  expect(await third.send(head)).toMatch(/^HTTP\/1.1 100 /);
  await open(program.url);
  await second.closed;
  expect([first.socket.closed, third.socket.closed]).toEqual([false, false]);
  // Half-sent ones come after the new idle one, the newest of all never goes.
  const fifth = await openProven();
  expect(await fifth.send(head)).toMatch(/^HTTP\/1.1 100 /);
  await open(program.url);
  await first.closed;
  for (const { send } of [third, fifth]) expect(await send(body)).toMatch(/^HTTP\/1.1 200 /);
});
