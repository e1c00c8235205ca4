import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import type { ClientHttp2Stream, IncomingHttpHeaders as Http2Headers } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as send } from 'node:https';
import type { RequestOptions } from 'node:https';
import { buffer, text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startWithStandIn, token } from './support.ts';
import type { ProxyUnderTest } from './support.ts';

const authorization = `Bearer ${token}`;

function createRequest({ port, ca }: ProxyUnderTest, options: RequestOptions = {}): ReturnType<typeof send> {
  const { headers, ...others } = options;
  const request = send({
    ...{ host: '127.0.0.1', port, ca, agent: false, headers: { authorization, ...headers } },
    ...others,
  });
  onTestFinished(() => void request.destroy());
  return request;
}

async function ask(
  under: ProxyUnderTest,
  options: RequestOptions = {},
  body?: string | Buffer,
): Promise<IncomingMessage> {
  const request = createRequest(under, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

interface Http2Answer {
  readonly headers: Http2Headers;
  readonly trailers: Http2Headers;
  readonly body: Buffer;
}

function openHttp2({ port, ca }: ProxyUnderTest): ReturnType<typeof connectHttp2> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, maxSessionMemory: 100 });
  onTestFinished(() => session.destroy());
  return session;
}

async function readHttp2(stream: ClientHttp2Stream): Promise<Http2Answer> {
  let trailers: Http2Headers = {};
  stream.on('trailers', (found) => {
    trailers = found;
  });
  const [headers] = (await once(stream, 'response')) as [Http2Headers];
  const body = await buffer(stream);
  return { headers, trailers, body };
}

/** Answers what it received. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  void text(request).then((body) => {
    const { method, url, rawHeaders, rawTrailers } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, rawTrailers, body }));
  });
}

interface Echoed {
  method: string;
  url: string;
  rawHeaders: string[];
  rawTrailers: string[];
  body: string;
}

async function readEcho(response: IncomingMessage): Promise<Echoed> {
  return JSON.parse(await text(response));
}

function valuesOf({ rawHeaders }: Echoed, name: string): string[] {
  return rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

describe('a request', () => {
  test('gets credentials, Audit-ID and agent, and is otherwise unchanged', async () => {
    const under = await startWithStandIn(echo);
    const headers = {
      'User-Agent': 'kubectl/v1',
      'X-Twice': ['a', 'b'],
      'Audit-ID': 'chosen',
      'Impersonate-User': 'ada',
    };
    const path = '/api/v1/%6Eamespaces?x=%20&labelSelector=a%3Db';
    const echoed = await readEcho(await ask(under, { path, headers }));
    expect(echoed.url).toBe(path);
    expect(valuesOf(echoed, 'authorization')).toEqual(['Bearer of-the-user']);
    expect(valuesOf(echoed, 'user-agent')).toEqual(['live-test-writing -- a client']);
    expect(valuesOf(echoed, 'x-twice')).toEqual(['a', 'b']);
    expect(valuesOf(echoed, 'impersonate-user')).toEqual(['ada']);
    const { requests } = await under.read();
    expect(valuesOf(echoed, 'audit-id')).toEqual(requests.map(({ auditId }) => auditId));
    expect(requests).toMatchObject([
      { method: 'GET', path, status: 200, outcome: 'answered', clientAgent: 'kubectl/v1' },
    ]);
  });

  test('of a user with name and password has these', async () => {
    const under = await startWithStandIn(echo, { username: 'ada', password: 'secret' });
    const echoed = await readEcho(await ask(under));
    expect(valuesOf(echoed, 'authorization')).toEqual([`Basic ${Buffer.from('ada:secret').toString('base64')}`]);
  });

  test.each<[string, RequestOptions, string | undefined, string]>([
    ['GET without a body', { method: 'GET' }, undefined, ''],
    ['POST without a body', { method: 'POST', headers: { 'Content-Length': '0' } }, undefined, ''],
    ['DELETE with a length', { method: 'DELETE', headers: { 'Content-Length': '2' } }, '{}', '{}'],
    ['DELETE in chunks', { method: 'DELETE', headers: { 'Transfer-Encoding': 'chunked' } }, '{}', '{}'],
    ['PATCH in chunks', { method: 'PATCH', headers: { 'Transfer-Encoding': 'chunked' } }, '[]', '[]'],
    ['an unknown method', { method: 'PROPFIND' }, undefined, ''],
  ])('%s arrives whole', async (_name, options, body, expected) => {
    const under = await startWithStandIn(echo);
    const echoed = await readEcho(await ask(under, { path: '/x', ...options }, body));
    expect(echoed).toMatchObject({ method: options.method, body: expected });
    expect((await under.read()).requests).toMatchObject([{ method: options.method, outcome: 'answered' }]);
  });

  test('passes trailers on in both directions', async () => {
    const under = await startWithStandIn((request, response) => {
      response.setHeader('Trailer', 'X-Sum');
      response.write('a');
      void text(request).then(() => {
        response.addTrailers({ 'X-Sum': String(request.trailers['x-end']) });
        response.end();
      });
    });
    const request = createRequest(under, {
      method: 'POST',
      headers: { Trailer: 'X-End', 'Transfer-Encoding': 'chunked' },
    });
    request.write('1');
    request.addTrailers({ 'X-End': 'last' });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await text(response);
    expect(response.trailers).toEqual({ 'x-sum': 'last' });
  });

  test('waits for 100 Continue when the client does', async () => {
    const under = await startWithStandIn(() => {});
    under.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/refused') return void response.writeHead(403).end();
      response.writeContinue();
      echo(request, response);
    });
    const headers = { Expect: '100-continue', 'Content-Length': '4' };
    const wanted = createRequest(under, { method: 'POST', path: '/wanted', headers });
    wanted.flushHeaders();
    await once(wanted, 'continue');
    wanted.end('body');
    const [response] = (await once(wanted, 'response')) as [IncomingMessage];
    expect(await readEcho(response)).toMatchObject({ body: 'body' });
    const refused = createRequest(under, { method: 'POST', path: '/refused', headers });
    refused.flushHeaders();
    const [refusal] = (await once(refused, 'response')) as [IncomingMessage];
    expect(refusal.statusCode).toBe(403);
    refusal.resume();
    expect(await under.proxy.drain(4_000)).toBe(0);
    expect((await under.read()).requests.map(({ status }) => status)).toEqual([200, 403]);
  });

  test('sends its body to a cluster that does not answer 100 Continue', async () => {
    const under = await startWithStandIn(echo);
    under.server.on('checkContinue', echo);
    const request = createRequest(under, {
      method: 'POST',
      headers: { Expect: '100-continue', 'Content-Length': '4' },
    });
    request.flushHeaders();
    request.end('body');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await readEcho(response)).toMatchObject({ body: 'body' });
  });

  test('that is refused leaves its connection usable, even if its body follows', async () => {
    const under = await startWithStandIn(echo);
    under.server.on('checkContinue', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(403).end();
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const headers = { Expect: '100-continue', 'Content-Length': '300000' };
    const refused = createRequest(under, { agent, method: 'POST', headers });
    refused.flushHeaders();
    const [refusal] = (await once(refused, 'response')) as [IncomingMessage];
    refused.end(Buffer.alloc(300_000));
    expect(refusal.statusCode).toBe(403);
    await text(refusal);
    expect(await readEcho(await ask(under, { agent, path: '/next' }))).toMatchObject({ url: '/next' });
  });

  test('that is refused while its body is sent gets the answer', async () => {
    const under = await startWithStandIn(
      (_request, response) => void response.writeHead(413, { 'Audit-Id': 'a' }).end('too large'),
    );
    const request = createRequest(under, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
    request.on('error', () => {});
    request.write('a');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    expect(await text(response)).toBe('too large');
    expect(await under.proxy.drain(4_000)).toBe(0);
    expect((await under.read()).requests).toMatchObject([{ status: 413, outcome: 'answered' }]);
  });

  test('may have large headers', async () => {
    const under = await startWithStandIn((_request, response) => void response.end('{}'));
    Object.assign(under.server, { maxHeaderSize: 1 << 20 });
    const response = await ask(under, { headers: { 'X-Large': 'x'.repeat(100_000) } });
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  test('without the token is refused and not sent', async () => {
    const under = await startWithStandIn(echo);
    for (const wrong of ['', 'Bearer other', `Basic ${token}`, `Bearer ${token}x`]) {
      const response = await ask(under, { headers: { authorization: wrong } });
      expect(response.statusCode).toBe(401);
      expect(await text(response)).toContain('SNOOP_PROXY_TOKEN');
    }
    const upgrade = await ask(under, { headers: { authorization: '', Connection: 'Upgrade', Upgrade: 'websocket' } });
    expect(upgrade.statusCode).toBe(401);
    expect(under.proxy.refused).toEqual({ requests: 5, handshakes: 0 });
    expect((await under.read()).requests).toEqual([]);
  });

  test('CONNECT is refused', async () => {
    const under = await startWithStandIn(echo);
    // Newer versions of Node compare the certificate with the host in the path.
    const request = createRequest(under, {
      ...{ method: 'CONNECT', path: 'example.com:443', checkServerIdentity: () => undefined },
    });
    request.end();
    const [response] = (await once(request, 'connect')) as [IncomingMessage];
    expect(response.statusCode).toBe(405);
  });

  test('for another address is refused', async () => {
    const under = await startWithStandIn(echo);
    const response = await ask(under, { path: 'http://example.com/' });
    expect(response.statusCode).toBe(400);
    expect(await text(response)).toContain('SNOOP_PROXY is the address of a cluster');
    expect((await under.read()).requests).toEqual([]);
  });

  test('of a client that does not trust the CA is counted', async () => {
    const under = await startWithStandIn(echo);
    await expect(ask(under, { ca: undefined })).rejects.toThrow();
    await expect.poll(() => under.proxy.refused.handshakes).toBe(1);
  });

  test('to a cluster that does not answer is answered 502 and recorded', async () => {
    const under = await startWithStandIn((request) => void request.socket.destroy());
    const response = await ask(under);
    expect(response.statusCode).toBe(502);
    expect(JSON.parse(await text(response))).toMatchObject({ kind: 'Status', code: 502 });
    expect((await under.read()).requests).toMatchObject([{ status: null, outcome: 'no answer' }]);
  });

  test('without credentials is answered 502 with the reason', async () => {
    const under = await startWithStandIn(echo, {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/none' },
    });
    for (const headers of [{}, { Connection: 'Upgrade', Upgrade: 'websocket' }]) {
      const response = await ask(under, { headers });
      expect(response.statusCode).toBe(502);
      expect(await text(response)).toContain('No credentials for the user');
    }
    expect((await under.read()).requests).toEqual([]);
  });
});

describe('an answer', () => {
  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
    ['GET', 404],
    ['GET', 500],
  ])('to %s with %i passes unchanged', async (method, status) => {
    const under = await startWithStandIn((_request, response) => {
      response.sendDate = false;
      response.writeHead(status, 'As You Like', ['Warning', '299 - "a"', 'Warning', '299 - "b"', 'ETag', '"1"']);
      response.end(method === 'HEAD' || status === 204 || status === 304 ? undefined : 'body');
    });
    const response = await ask(under, { method });
    expect(response).toMatchObject({ statusCode: status, statusMessage: 'As You Like' });
    expect(response.rawHeaders.slice(0, 6)).toEqual(['Warning', '299 - "a"', 'Warning', '299 - "b"', 'ETag', '"1"']);
    expect(response.headers.date).toBeUndefined();
    await text(response);
  });

  test('arrives piece by piece, its head before its first piece', async () => {
    let write = (_piece: string): void => {};
    const under = await startWithStandIn((_request, response) => {
      response.flushHeaders();
      write = (piece) => void response.write(piece);
    });
    for (const isHttp2 of [false, true]) {
      const stream = isHttp2
        ? openHttp2(under).request({ ':path': '/watch', authorization })
        : createRequest(under, { path: '/watch' });
      stream.end();
      const [response] = await once(stream, 'response');
      const body = isHttp2 ? stream : response;
      for (const piece of ['one', 'two']) {
        const read = once(body, 'data');
        write(piece);
        expect(String((await read)[0])).toBe(piece);
      }
      stream.destroy();
    }
    expect((await under.read()).requests).toMatchObject([{ outcome: 'answered' }, { outcome: 'answered' }]);
  });

  test('that breaks off breaks off for the client', async () => {
    const under = await startWithStandIn((_request, response) => {
      response.write('a');
      setImmediate(() => response.destroy());
    });
    await expect(ask(under).then((response) => text(response))).rejects.toThrow();
    const stream = openHttp2(under).request({ ':path': '/x', authorization });
    await expect(readHttp2(stream)).rejects.toThrow();
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });

  test('that the client does not want any more ends at the cluster', async () => {
    let closed = Promise.resolve();
    const under = await startWithStandIn((_request, response) => {
      closed = once(response, 'close').then(() => {});
      response.write('a');
    });
    const response = await ask(under);
    response.destroy();
    await closed;
    const stream = openHttp2(under).request({ ':path': '/x', authorization });
    await once(stream, 'response');
    stream.close();
    await closed;
    expect((await under.read()).requests).toHaveLength(2);
  });
});

describe('over HTTP/2', () => {
  test('requests, bodies and trailers pass', async () => {
    const under = await startWithStandIn((request, response) => {
      response.setHeader('Warning', ['299 - "a"', '299 - "b"']);
      void text(request).then((body) => {
        response.writeHead(201, { 'Content-Type': 'text/plain' });
        response.write(`${request.method} ${request.url} ${body} ${request.headers['user-agent']}`);
        response.addTrailers({ 'X-Sum': '1' });
        response.end();
      });
    });
    const session = openHttp2(under);
    const answers = await Promise.all(
      ['DELETE', 'POST', 'GET'].map((method) => {
        const stream = session.request(
          { ':method': method, ':path': '/a?b=c', authorization, 'user-agent': 'go' },
          { endStream: method === 'GET' },
        );
        if (method !== 'GET') stream.end('body');
        return readHttp2(stream);
      }),
    );
    const agent = 'live-test-writing -- a client';
    expect(answers.map(({ body }) => body.toString())).toEqual([
      `DELETE /a?b=c body ${agent}`,
      `POST /a?b=c body ${agent}`,
      `GET /a?b=c  ${agent}`,
    ]);
    expect(answers[0]).toMatchObject({
      headers: { ':status': 201, warning: '299 - "a", 299 - "b"' },
      trailers: { 'x-sum': '1' },
    });
    expect((await under.read()).requests.map(({ clientAgent }) => clientAgent)).toEqual(['go', 'go', 'go']);
  });

  test('a client may wait for 100 Continue', async () => {
    const under = await startWithStandIn(echo);
    const stream = openHttp2(under).request({ ':method': 'POST', ':path': '/', authorization, expect: '100-continue' });
    await once(stream, 'continue');
    stream.end('body');
    expect(JSON.parse((await readHttp2(stream)).body.toString())).toMatchObject({ body: 'body' });
  });
});

test('a request that ends before the credentials are read is not sent', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'late' },
  };
  const seen: string[] = [];
  const under = await startWithStandIn((request) => void seen.push(request.url ?? ''), {
    exec: {
      apiVersion: credential.apiVersion,
      command: 'sh',
      args: ['-c', `sleep 0.5; echo '${JSON.stringify(credential)}'`],
    },
  });
  const session = openHttp2(under);
  const stream = session.request({ ':path': '/watch', authorization });
  await once(session, 'remoteSettings');
  setTimeout(() => stream.close(), 100);
  await once(stream, 'close');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(seen).toEqual([]);
});

test('large bodies pass unchanged in both directions', async () => {
  const under = await startWithStandIn((request, response) => void request.pipe(response));
  const body = randomBytes(20 << 20);
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const response = await ask(
    under,
    { method: 'POST', path: '/x', headers: { 'Content-Length': String(body.length) } },
    body,
  );
  expect(digest(await buffer(response))).toBe(digest(body));
  const stream = openHttp2(under).request({ ':method': 'POST', ':path': '/x', authorization });
  stream.end(body);
  expect(digest((await readHttp2(stream)).body)).toBe(digest(body));
  await under.read();
  expect(new Set(await under.readOmitted())).toEqual(
    new Set(['request: larger than 64 KB', 'answer: larger than 64 KB']),
  );
});

describe('a dry run', () => {
  const protobuf = (raw: number[]): Buffer => Buffer.from([...Buffer.from('k8s\0'), 0x12, raw.length, ...raw]);
  const all = [...Buffer.from('All')];
  test.each<[string, string, string, Buffer, 'yes' | 'no' | 'unread']>([
    ['JSON', '/pods/x', 'application/json', Buffer.from('{"dryRun":["All"]}'), 'yes'],
    ['JSON without it', '/pods/x', 'application/json', Buffer.from('{"kind":"DeleteOptions"}'), 'no'],
    ['protobuf', '/pods/x', 'application/vnd.kubernetes.protobuf', protobuf([8, 0, 0x2a, 3, ...all]), 'yes'],
    ['protobuf without it', '/pods/x', 'application/vnd.kubernetes.protobuf', protobuf([8, 30]), 'no'],
    [
      'an eviction in protobuf',
      '/pods/x/eviction',
      'application/vnd.kubernetes.protobuf',
      protobuf([0x12, 5, 0x2a, 3, ...all]),
      'yes',
    ],
    ['cut protobuf', '/pods/x', 'application/vnd.kubernetes.protobuf', protobuf([0x2a, 9, 65]), 'unread'],
    ['another format', '/pods/x', 'application/cbor', Buffer.from([0xd9, 0xd9, 0xf7, 0xa0]), 'unread'],
  ])('is read in %s', async (_name, path, type, body, expected) => {
    const under = await startWithStandIn(echo);
    const method = path.endsWith('eviction') ? 'POST' : 'DELETE';
    const headers = { 'Content-Type': type, 'Content-Length': String(body.length) };
    (await ask(under, { method, path: `/api/v1/namespaces/a${path}`, headers }, body)).resume();
    const [request] = (await under.read()).requests;
    expect(request).toMatchObject({ isDryRun: expected === 'yes' });
    expect(request?.unreadBody ?? null).toBe(expected === 'unread' ? type : null);
  });
});

/** Unlike `text`, it does not destroy a socket whose other direction is open. */
async function readToEnd(socket: TLSSocket): Promise<string> {
  let all = '';
  socket.on('data', (piece) => {
    all += String(piece);
  });
  await once(socket, 'end');
  return all;
}

describe('an upgrade', () => {
  async function upgrade(under: ProxyUnderTest, path = '/exec'): Promise<{ socket: TLSSocket; head: string }> {
    const socket = connectTls({ host: '127.0.0.1', port: under.port, ca: under.ca });
    socket.allowHalfOpen = true;
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nUser-Agent: kubectl\r\n` +
        'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4\r\n\r\nearly',
    );
    let head = '';
    while (!head.includes('\r\n\r\n')) head += String((await once(socket, 'data'))[0]);
    return { socket, head };
  }

  test('passes bytes in both directions, also those sent early', async () => {
    const under = await startWithStandIn(() => {});
    under.server.on('upgrade', (request: IncomingMessage, socket: TLSSocket, first: Buffer) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n` +
          `X-Agent: ${request.headers['user-agent']}\r\n\r\nwelcome `,
      );
      if (first.length > 0) socket.write(first);
      socket.pipe(socket);
    });
    const { socket, head } = await upgrade(under);
    expect(head).toContain('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n');
    expect(head).toContain('X-Agent: live-test-writing -- a client');
    socket.end(' and more');
    const rest = head.split('\r\n\r\n')[1] + (await readToEnd(socket));
    expect(rest).toBe('welcome early and more');
    expect((await under.read()).requests).toMatchObject([{ status: 101, outcome: 'answered', clientAgent: 'kubectl' }]);
  });

  test.each(['the client', 'the cluster'])('may be half closed by %s', async (side) => {
    const under = await startWithStandIn(() => {});
    under.server.on('upgrade', (_request, socket: TLSSocket) => {
      socket.allowHalfOpen = true;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      if (side === 'the cluster') {
        socket.end('done');
        void readToEnd(socket).then((late) => under.server.emit('late', late));
      } else {
        void readToEnd(socket).then((late) => socket.end(`late: ${late}`));
      }
    });
    const { socket, head } = await upgrade(under);
    const rest = head.split('\r\n\r\n')[1];
    if (side === 'the client') {
      socket.end('!');
      expect(rest + (await readToEnd(socket))).toBe('late: early!');
    } else {
      const late = once(under.server, 'late');
      expect(rest + (await readToEnd(socket))).toBe('done');
      socket.end(' and later');
      expect(await late).toEqual(['early and later']);
    }
    await expect.poll(async () => (await under.read()).requests).toMatchObject([{ outcome: 'answered' }]);
  });

  test('passes on the last message of a cluster that closes while the client still sends', async () => {
    const under = await startWithStandIn(() => {});
    under.server.on('upgrade', (_request, socket: TLSSocket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      let bytes = 0;
      socket.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes < 1 << 20) return;
        socket.removeAllListeners('data').pause();
        socket.write('last words', () => socket.destroy());
      });
    });
    for (let time = 0; time < 5; time += 1) {
      const { socket, head } = await upgrade(under);
      const piece = Buffer.alloc(64 << 10);
      const timer = setInterval(() => socket.write(piece), 1);
      onTestFinished(() => clearInterval(timer));
      expect(head.split('\r\n\r\n')[1] + (await readToEnd(socket))).toBe('last words');
      clearInterval(timer);
      socket.destroy();
    }
    expect((await under.read()).requests).toHaveLength(5);
  });

  test('that is refused gets the answer', async () => {
    const under = await startWithStandIn(
      (_request, response) => void response.writeHead(403, { 'X-A': 'b' }).end('no'),
    );
    const { socket, head } = await upgrade(under);
    const all = head + (await readToEnd(socket));
    expect(all).toMatch(/^HTTP\/1.1 403 Forbidden\r\nX-A: b\r\n/);
    expect(all).toContain('no');
    expect((await under.read()).requests).toMatchObject([{ status: 403, outcome: 'answered' }]);
  });

  test('of a client that resets its connection ends at the cluster', async () => {
    const under = await startWithStandIn(() => {});
    const closed = new Promise<void>((resolve) => {
      under.server.on('upgrade', (_request, socket: TLSSocket) => {
        socket.on('error', () => resolve());
        socket.on('end', () => resolve()).resume();
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      });
    });
    const { socket } = await upgrade(under);
    socket.destroy();
    await closed;
    expect((await under.read()).requests).toMatchObject([{ status: 101, outcome: 'answered' }]);
  });
});

test('the end of the proxy refuses new requests', async () => {
  const seen: string[] = [];
  const under = await startWithStandIn((request, response) => {
    seen.push(request.url ?? '');
    response.write('a');
  });
  const session = openHttp2(under);
  const watching = session.request({ ':path': '/watch', authorization });
  await once(watching, 'response');
  const closing = under.proxy.close();
  const late = session.request({ ':path': '/late', authorization });
  late.on('error', () => {});
  watching.on('error', () => {});
  await closing;
  expect(seen).toEqual(['/watch']);
});

test('the end of the proxy cuts off what is open, and records it', async () => {
  const under = await startWithStandIn((_request, response) => void response.write('a'));
  const response = await ask(under, { path: '/watch' });
  const cut = expect(text(response)).rejects.toThrow();
  expect(await under.proxy.drain(0)).toBe(1);
  await under.proxy.close();
  await cut;
  expect((await under.read()).requests).toMatchObject([{ path: '/watch', status: 200, outcome: 'answered' }]);
});
