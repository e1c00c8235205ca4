import { once } from 'node:events';
import * as http from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { watchRequest } from '../../src/audited-cluster/request-watch.ts';

const status = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 });
const json = 'Content-Type: application/json';
const long = JSON.stringify({ text: 'x'.repeat(70_000) });

/** Starts a server that gives the same response to every request. */
async function answerWith(head: readonly string[], body: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      // In two parts, split within the body.
      const answer = `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`;
      socket.write(answer.slice(0, -3), () => socket.end(answer.slice(-3)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function send(port: number, options: http.RequestOptions = {}): Promise<{ beforeAudit: boolean; read: string }> {
  const request = http.request({ host: '127.0.0.1', port, ...options });
  const closed = new Promise<boolean>((resolve) => {
    watchRequest(request, { answered: () => {}, closed: (_error, beforeAudit) => resolve(beforeAudit) });
  });
  let read = '';
  request.on('response', async (response) => {
    try {
      for await (const chunk of response) read += String(chunk);
    } catch {
      // Cut off.
    }
  });
  request.on('error', () => {});
  request.on('upgrade', (_response, socket) => socket.destroy());
  request.end();
  return { beforeAudit: await closed, read };
}

const answers: [what: string, head: string[], body: string, beforeAudit: boolean][] = [
  ['a 400 of Go', ['HTTP/1.1 400 Bad Request', 'Content-Type: text/plain; charset=utf-8'], '400 Bad Request', true],
  ['a 431', ['HTTP/1.1 431 Request Header Fields Too Large'], '431', true],
  ['a 501', ['HTTP/1.1 501 Not Implemented', 'Content-Type: text/plain'], 'Unsupported transfer encoding', true],
  ['a refusal of a gateway', ['HTTP/1.1 403 Forbidden', json], '{"type":"error","code":"Forbidden"}', true],
  ['a page of a gateway', ['HTTP/1.1 404 Not Found', 'Content-Type: text/html'], '<html></html>', true],
  ['with an Audit-Id', ['HTTP/1.1 404 Not Found', 'Content-Type: text/plain', 'Audit-Id: x'], '404 page', false],
  ['a Status', ['HTTP/1.1 404 Not Found', json], status, false],
  [
    'a Status in protobuf',
    ['HTTP/1.1 404 Not Found', 'Content-Type: application/vnd.kubernetes.protobuf'],
    'k8s\0',
    false,
  ],
  ['a compressed body', ['HTTP/1.1 404 Not Found', json, 'Content-Encoding: br'], 'xxx', false],
  ['a body that is too long', ['HTTP/1.1 404 Not Found', json], long, false],
  ['a body that is cut off', ['HTTP/1.1 404 Not Found', json, 'Content-Length: 99'], '{"a": 1}', false],
  ['a 500', ['HTTP/1.1 500 Internal Server Error', 'Content-Type: text/plain'], 'oops', false],
  ['a 502 of a balancer', ['HTTP/1.1 502 Bad Gateway', 'Content-Type: text/html'], '<html></html>', false],
  ['a 200', ['HTTP/1.1 200 OK', 'Content-Type: text/plain'], 'ok!', false],
];

test.each(answers)('%s', async (_what, head, body, beforeAudit) => {
  expect(await send(await answerWith(head, body))).toEqual({ beforeAudit, read: body });
});

test('OPTIONS *, which Go answers 200', async () => {
  const head = ['HTTP/1.1 200 OK', 'Content-Length: 0'];
  expect(await send(await answerWith(head, ''), { method: 'OPTIONS', path: '*' })).toMatchObject({ beforeAudit: true });
  expect(await send(await answerWith(head, ''), { method: 'OPTIONS', path: '/api' })).toMatchObject({
    beforeAudit: false,
  });
});

test('an upgrade, accepted or refused', async () => {
  const refused = ['HTTP/1.1 400 Bad Request', 'Content-Type: text/plain'];
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
  expect(await send(await answerWith(head, '   '), { headers })).toMatchObject({ beforeAudit: false });
  expect(await send(await answerWith(refused, 'no!'), { headers })).toMatchObject({ beforeAudit: false });
});
