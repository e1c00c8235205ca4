import { createServer, request as send } from 'node:http';
import type { ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasDryRun, canHaveDryRun, maxRequestBytes, watchBody } from '../../src/audited-cluster/request-body.ts';

describe('reads a body as it is sent', () => {
  const server = createServer((request, response) => void text(request).then((body) => response.end(body)));
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  /** Sends a request and compares the body with what the server received. */
  async function sendWatched(write: (request: ClientRequest) => void): Promise<{ told: string[]; arrived: string }> {
    const told: string[] = [];
    const { port } = server.address() as AddressInfo;
    const arrived = await new Promise<string>((resolve, reject) => {
      const request = send({ port, host: '127.0.0.1', method: 'DELETE', headers: { 'Transfer-Encoding': 'chunked' } });
      watchBody(request, maxRequestBytes, (body) => told.push(body === null ? 'too large' : body.toString()));
      request.on('response', (response) => void text(response).then(resolve, reject));
      request.on('error', reject);
      write(request);
    });
    return { told, arrived };
  }

  test.each<[string, (request: ClientRequest) => void]>([
    ['none', (request) => request.end()],
    ['a text', (request) => request.end('{"a":"ä"}')],
    ['a text and a callback', (request) => request.end('{}', () => {})],
    ['bytes', (request) => request.end(new TextEncoder().encode('{"a":1}'))],
    ['a part of a buffer', (request) => request.end(new Uint8Array(Buffer.from('--{}--')).subarray(2, 4))],
    ['another encoding', (request) => request.end('7b7d', 'hex')],
    [
      'parts',
      (request) => {
        request.write('{"a":');
        request.write(Buffer.from('[1'));
        request.end(']}');
      },
    ],
    [
      'a buffer that is used again',
      (request) => {
        const buffer = Buffer.from('{');
        request.write(buffer, () => {
          buffer.write('}');
          request.end(buffer);
        });
      },
    ],
    ['a stream', (request) => void Readable.from(['{"a"', ':1}']).pipe(request)],
  ])('%s', async (_what, write) => {
    const { told, arrived } = await sendWatched(write);
    expect(told).toEqual([arrived]);
  });

  test('keeps only the size of a body larger than a server accepts', async () => {
    const { told, arrived } = await sendWatched((request) => request.end('x'.repeat(4 * 1024 * 1024)));
    expect({ told, arrived: arrived.length }).toEqual({ told: ['too large'], arrived: 4 * 1024 * 1024 });
  });
});

test.each([
  ['DELETE', '/api/v1/namespaces/a/pods/b', true],
  ['DELETE', '/api/v1/namespaces/a/pods?limit=1', true],
  ['POST', '/api/v1/namespaces/a/pods/b/eviction', true],
  ['POST', '/api/v1/namespaces/a/pods/b/eviction?timeout=5s', true],
  ['POST', '/api/v1/namespaces/eviction/pods', false],
  ['PATCH', '/api/v1/namespaces/a/pods/b', false],
])('whether the body of %s %s may contain a dry run: %s', (method, path, expected) => {
  expect(canHaveDryRun({ method, path })).toBe(expected);
});

test.each([
  ['JSON', '{"kind":"DeleteOptions","dryRun":["All"]}', true],
  ['JSON with an escape', '{"dry\\u0052un":["All"]}', true],
  ['JSON without', '{"gracePeriodSeconds":0}', false],
  ['an empty list', '{"dryRun":[]}', false],
  ['null', '{"dryRun":null}', false],
  ['deeper', '{"preconditions":{"dryRun":["All"]}}', false],
  ['YAML', 'kind: DeleteOptions\ndryRun:\n- All\n', true],
  ['YAML in one line', '{dryRun: [All]}', true],
  ['YAML without', 'kind: DeleteOptions # no dryRun\n', false],
  ['an Eviction', '{"kind":"Eviction","deleteOptions":{"dryRun":["All"]}}', false],
  ['nothing', '', false],
  ['neither', 'k8s\0dryRun: [', false],
])('whether DeleteOptions contain a dry run: %s', (_what, body, expected) => {
  expect(hasDryRun(Buffer.from(body), false)).toBe(expected);
});

test('reads the dry run of an Eviction from its DeleteOptions', () => {
  const asks = (body: unknown): boolean => hasDryRun(Buffer.from(JSON.stringify(body)), true);
  expect([{ deleteOptions: { dryRun: ['All'] } }, { dryRun: ['All'] }, { deleteOptions: null }].map(asks)).toEqual([
    true,
    false,
    false,
  ]);
});
