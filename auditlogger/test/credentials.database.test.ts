import { createServer, request as plainRequest } from 'node:http';
import { createServer as createTlsServer, Agent, request } from 'node:https';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openCredentials, type Credentials } from '../src/credentials/credentials.ts';
import { makeBody } from './support/body.ts';
import { issue, type Issued } from './support/certificates.ts';
import { makeDatabase, readStored } from './support/database.ts';
import { runProgram, startProgram } from './support/program.ts';

const patience = { timeout: 20_000, interval: 50 };

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-credentials-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Files {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly token: string;
}

/** A folder with a server certificate for 127.0.0.1, the CA of clients, and a token. */
async function makeFiles() {
  const folder = await makeFolder();
  const ca = issue('test CA', null);
  const server = issue('auditlogger', ca, { names: ['127.0.0.1', 'localhost'] });
  const client = issue('kube-apiserver', ca);
  const file = (name: string): string => join(folder, name);
  const files: Files = { cert: file('server.crt'), key: file('server.key'), ca: file('ca.crt'), token: file('token') };
  await write(files.cert, server.cert);
  await write(files.key, server.key);
  await write(files.ca, ca.cert);
  await write(files.token, 'a-token-of-the-test\n');
  return { folder, ca, server, client, files };
}

const write = (file: string, text: string): Promise<void> => writeFile(file, text);

type Wanted = { readonly tls?: boolean; readonly ca?: boolean; readonly token?: boolean; readonly insecure?: boolean };

function open(files: Files, { tls = true, ca = false, token = false, insecure = false }: Wanted, host = '127.0.0.1') {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const config = {
    listen: { host, port: 0 },
    tls: tls ? { certFile: files.cert, keyFile: files.key, clientCaFile: ca ? files.ca : null } : null,
    tokenFile: token ? files.token : null,
    statusTokenFile: null,
    insecure,
  };
  return { log: () => lines.join(''), opening: openCredentials(config, log) };
}

/** A minimal server with these credentials: 200, or the refusal of `check`. */
async function serve(files: Files, wanted: Wanted) {
  const { opening, log } = open(files, wanted);
  const credentials = await opening;
  const { url, server } = await listen(credentials);
  onTestFinished(() => {
    credentials.close();
    server.closeAllConnections();
    server.close();
  });
  return { url, log, credentials };
}

async function listen(credentials: Credentials) {
  const answer = (
    incoming: Parameters<Credentials['check']>[0],
    response: import('node:http').ServerResponse,
  ): void => {
    const refusal = credentials.check(incoming, incoming.url?.slice(1) ?? '');
    response.writeHead(refusal?.status ?? 200).end(refusal?.text ?? 'ok');
    incoming.resume();
  };
  const server = credentials.tls === null ? createServer(answer) : createTlsServer(credentials.tls, answer);
  if ('setSecureContext' in server) credentials.onTlsChange((tls) => server.setSecureContext(tls));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return { url: `${credentials.tls === null ? 'http' : 'https'}://127.0.0.1:${address.port}`, server };
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  /** The fingerprint of the server's certificate; undefined over plain HTTP. */
  readonly servedBy: string | undefined;
}

/** The certificates of connections: Node's clients see one only in the handshake. */
const servers = new WeakMap<Socket, string | undefined>();

function ask(
  url: string,
  options: { by?: Issued; trust?: Issued; token?: string; agent?: Agent; method?: string; body?: string } = {},
): Promise<Answer> {
  const { by, trust, token, agent, method = 'POST', body = '{}' } = options;
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? request : plainRequest;
    const sending = send(url, {
      method,
      ...(agent === undefined ? { agent: false } : { agent }),
      ...(trust === undefined ? { rejectUnauthorized: false } : { ca: trust.cert }),
      ...(by === undefined ? {} : { cert: by.cert, key: by.key }),
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: token }) },
    });
    sending.on('socket', (socket) => {
      if (!(socket instanceof TLSSocket) || servers.has(socket)) return;
      socket.once('secureConnect', () => servers.set(socket, socket.getPeerX509Certificate()?.fingerprint256));
    });
    sending.on('response', (response) => {
      const servedBy = servers.get(response.socket);
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      response.on('end', () => resolve({ status: response.statusCode, text, servedBy }));
    });
    sending.on('error', reject);
    sending.end(method === 'GET' ? undefined : body);
  });
}

describe('a bearer token', () => {
  test('is accepted with the scheme in any case; otherwise 401', async () => {
    const { files, ca } = await makeFiles();
    const { url } = await serve(files, { token: true });
    const tokens = [
      'Bearer a-token-of-the-test',
      'bearer   a-token-of-the-test ',
      undefined,
      'Bearer wrong',
      'Bearer a-token-of-the-tes',
      'Bearer a-token-of-the-test2',
      'Bearer A-TOKEN-OF-THE-TEST',
      'a-token-of-the-test',
      'Basic a-token-of-the-test',
      'Bearer a-token-of-the-test x',
      'Bearer ',
    ];
    const answers = await Promise.all(
      tokens.map((token) => ask(url, { trust: ca, ...(token === undefined ? {} : { token }) })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, ...Array(9).fill(401)]);
    expect([...new Set(answers.slice(2).map(({ text }) => text))]).toEqual([
      'Only authenticated senders are accepted: no bearer token was sent.',
      'Only authenticated senders are accepted: the bearer token is wrong.',
    ]);
  });

  test('warns over plain HTTP that a kube-apiserver will not send it', async () => {
    const { files } = await makeFiles();
    const { url, log } = await serve(files, { tls: false, token: true });
    expect(await ask(url, { token: 'Bearer a-token-of-the-test' })).toMatchObject({ status: 200 });
    expect(await ask(url)).toMatchObject({ status: 401, text: expect.stringContaining('only over https') });
    expect(log()).toContain('a kube-apiserver sends it only over https');
  });

  test('is reloaded when its file changes; each line is a token', async () => {
    const { files } = await makeFiles();
    const { url, log } = await serve(files, { token: true });
    await write(files.token, 'the-second-one-of-them\r\n\na-token-of-the-test\n');
    await vi.waitFor(
      async () => expect(await ask(url, { token: 'Bearer the-second-one-of-them' })).toMatchObject({ status: 200 }),
      patience,
    );
    expect(await ask(url, { token: 'Bearer a-token-of-the-test' })).toMatchObject({ status: 200 });
    await write(files.token, 'the-second-one-of-them');
    await vi.waitFor(
      async () => expect(await ask(url, { token: 'Bearer a-token-of-the-test' })).toMatchObject({ status: 401 }),
      patience,
    );
    expect(log()).toContain('reloaded the token file');
    expect(log()).not.toContain('the-second');
  });

  test.for<[what: string, spoil: (file: string) => Promise<void>, reason: string]>([
    ['missing', (file) => rm(file), 'no such file'],
    ['empty', (file) => write(file, '\n'), 'is empty'],
    ['of three words', (file) => write(file, 'three words here'), 'the name of one source'],
    ['of a token and no name', (file) => write(file, 'token ../name'), 'the name of one source'],
  ])('stays valid while its file is %s, which is logged once', async ([, spoil, reason]) => {
    const { files } = await makeFiles();
    const { url, log } = await serve(files, { token: true });
    await spoil(files.token);
    await vi.waitFor(() => expect(log()).toContain(reason), patience);
    expect(await ask(url, { token: 'Bearer a-token-of-the-test' })).toMatchObject({ status: 200 });
    expect(await ask(url, { token: 'Bearer two words' })).toMatchObject({ status: 401 });
    await write(files.token, 'a-better-one-comes-later');
    await vi.waitFor(
      async () => expect(await ask(url, { token: 'Bearer a-better-one-comes-later' })).toMatchObject({ status: 200 }),
      patience,
    );
    expect(log().split(reason)).toHaveLength(2);
  });

  test('may be short, with a warning', async () => {
    const { files } = await makeFiles();
    await write(files.token, 'short');
    const { url, log } = await serve(files, { token: true });
    expect(await ask(url, { token: 'Bearer short' })).toMatchObject({ status: 200 });
    expect(log()).toContain('short enough to be guessed');
  });
});

describe('a client certificate', () => {
  test('is accepted if it is valid now and a trusted CA signed it; otherwise 401', async () => {
    const { files, ca, client } = await makeFiles();
    const { url } = await serve(files, { ca: true });
    const other = issue('test CA', null);
    const senders: [what: string, by: Issued | undefined, status: number][] = [
      ['one that the CA signed', client, 200],
      ['none', undefined, 401],
      ['one that another CA with the same name signed', issue('kube-apiserver', other), 401],
      ['one that signed itself', issue('kube-apiserver', null), 401],
      ['an expired one', issue('kube-apiserver', ca, { fromDays: -3, untilDays: -1 }), 401],
      ['one for tomorrow', issue('kube-apiserver', ca, { fromDays: 1 }), 401],
      ['one signed by a client', issue('kube-apiserver', client), 401],
    ];
    for (const [what, by, status] of senders) {
      const answer = await ask(url, { trust: ca, ...(by === undefined ? {} : { by }) });
      expect([what, answer.status]).toEqual([what, status]);
    }
  });

  test('may be signed by an intermediate CA', async () => {
    const { files, ca } = await makeFiles();
    const { url } = await serve(files, { ca: true });
    const between = issue('between', ca, { isCa: true });
    const client = issue('kube-apiserver', between);
    expect(await ask(url, { by: { ...client, cert: client.cert + between.cert } })).toMatchObject({ status: 200 });
    expect(await ask(url, { by: client })).toMatchObject({ status: 401 });
    await write(files.ca, ca.cert + between.cert);
    await vi.waitFor(async () => expect(await ask(url, { by: client })).toMatchObject({ status: 200 }), patience);
  });

  test('is bound to a source by its common name', async () => {
    const { files, ca, client } = await makeFiles();
    const { url } = await serve(files, { ca: true, token: true });
    const bound = issue('source:one', ca);
    const askAs = async (path: string, by: Issued, token?: string) =>
      (await ask(`${url}${path}`, { by, ...(token === undefined ? {} : { token }) })).status;
    expect([await askAs('/one', bound), await askAs('/two', bound), await askAs('/two', client)]).toEqual([
      200, 403, 200,
    ]);
    expect(await askAs('/two', bound, 'Bearer a-token-of-the-test')).toBe(200);
    expect(await askAs('/one', issue('source:one', null))).toBe(401);
    // This name cannot be a source's.
    expect(await askAs('/one', issue('source:', ca))).toBe(403);
  });

  test('is not needed with a valid token, nor a token with it', async () => {
    const { files, client } = await makeFiles();
    const { url } = await serve(files, { ca: true, token: true });
    const stranger = issue('kube-apiserver', null);
    expect(await ask(url, { by: client })).toMatchObject({ status: 200 });
    expect(await ask(url, { token: 'Bearer a-token-of-the-test' })).toMatchObject({ status: 200 });
    expect(await ask(url, { by: client, token: 'Bearer wrong' })).toMatchObject({ status: 200 });
    expect(await ask(url, { by: stranger, token: 'Bearer a-token-of-the-test' })).toMatchObject({ status: 200 });
    expect(await ask(url, { by: stranger })).toEqual(
      expect.objectContaining({
        status: 401,
        text: 'Only authenticated senders are accepted: no bearer token was sent, and the client certificate is not signed by a trusted CA, or not valid now.',
      }),
    );
  });

  test.for<[version: 'TLSv1.2' | 'TLSv1.3']>([['TLSv1.2'], ['TLSv1.3']])(
    'is required even if a session of %s is resumed',
    async ([version]) => {
      const { files } = await makeFiles();
      const { url } = await serve(files, { ca: true });
      const talk = (session: Buffer | undefined) =>
        new Promise<{ status: string; session: Buffer | undefined; reused: boolean }>((resolve, reject) => {
          let kept: Buffer | undefined;
          let reused = false;
          let text = '';
          const socket = connect({
            port: Number(new URL(url).port),
            host: '127.0.0.1',
            rejectUnauthorized: false,
            minVersion: version,
            maxVersion: version,
            ...(session === undefined ? {} : { session }),
          });
          socket.on('secureConnect', () => {
            reused = socket.isSessionReused();
            kept = socket.getSession();
          });
          socket.on('session', (given) => {
            kept = given;
          });
          socket.on('data', (data) => {
            text += data.toString();
          });
          socket.on('close', () => resolve({ status: text.slice(9, 12), session: kept, reused }));
          socket.on('error', reject);
          socket.write('POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
        });
      const first = await talk(undefined);
      expect(first.status).toBe('401');
      expect(await talk(first.session)).toMatchObject({ status: '401', reused: false });
    },
  );

  test('is refused on an open connection once its CA is not trusted', async () => {
    const { files, client } = await makeFiles();
    const { url } = await serve(files, { ca: true });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect(await ask(url, { by: client, agent })).toMatchObject({ status: 200 });
    const other = issue('another CA', null);
    await write(files.ca, other.cert);
    await vi.waitFor(
      async () => expect(await ask(url, { by: client, agent })).toMatchObject({ status: 401 }),
      patience,
    );
    expect(await ask(url, { by: issue('kube-apiserver', other) })).toMatchObject({ status: 200 });
  });
});

test('a client certificate that expires is refused even on an open connection', async () => {
  const { files, ca } = await makeFiles();
  const { url } = await serve(files, { ca: true });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const client = issue('kube-apiserver', ca, { untilDays: 6 / 86_400 });
  expect(await ask(url, { by: client, agent })).toMatchObject({ status: 200 });
  await vi.waitFor(
    async () =>
      expect(await ask(url, { by: client, agent })).toMatchObject({
        status: 401,
        text: expect.stringContaining('the client certificate has expired'),
      }),
    patience,
  );
});

describe("the server's certificate", () => {
  const served = async (url: string): Promise<string> => {
    const { servedBy } = await ask(url);
    if (servedBy === undefined) throw new Error('the server showed no certificate');
    return servedBy;
  };

  test('is reloaded when both files have changed, one after the other', async () => {
    const { files, ca } = await makeFiles();
    const { url, log } = await serve(files, {});
    const before = await served(url);
    const next = issue('auditlogger', ca, { names: ['127.0.0.1'] });
    await write(files.cert, next.cert.slice(0, 200));
    await vi.waitFor(() => expect(log()).toContain('an incomplete certificate'), patience);
    expect(await served(url)).toBe(before);
    await write(files.cert, next.cert);
    await vi.waitFor(() => expect(log()).toContain('does not belong to the first certificate'), patience);
    expect(await served(url)).toBe(before);
    await write(files.key, next.key);
    await vi.waitFor(async () => expect(await served(url)).not.toBe(before), patience);
    expect((await ask(url, { trust: ca })).status).toBe(200);
    expect(log()).toContain('reloaded the certificate files');
    expect(log()).not.toContain('PRIVATE KEY');
  });

  test('is reloaded under traffic when a symbolic link is replaced, as the kubelet does', async () => {
    const { folder, files, server, ca } = await makeFiles();
    const lay = async (name: string, { cert, key }: Issued): Promise<void> => {
      await mkdir(join(folder, name));
      await write(join(folder, name, 'server.crt'), cert);
      await write(join(folder, name, 'server.key'), key);
      await symlink(name, join(folder, '..data.new'));
      await rename(join(folder, '..data.new'), join(folder, '..data'));
    };
    await lay('first', server);
    const mounted = { ...files, cert: join(folder, '..data', 'server.crt'), key: join(folder, '..data', 'server.key') };
    const { url } = await serve(mounted, { ca: true, token: true });
    const before = await served(url);
    await lay('second', issue('auditlogger', ca, { names: ['127.0.0.1'] }));
    const statuses = new Set<number | undefined>();
    await vi.waitFor(async () => {
      const answer = await ask(url, { trust: ca, token: 'Bearer a-token-of-the-test' });
      statuses.add(answer.status);
      expect(answer.servedBy).not.toBe(before);
    }, patience);
    expect([...statuses]).toEqual([200]);
  });

  test('may have expired, with a warning', async () => {
    const { files, ca } = await makeFiles();
    const old = issue('auditlogger', ca, { names: ['127.0.0.1'], fromDays: -3, untilDays: -1 });
    await write(files.cert, old.cert);
    await write(files.key, old.key);
    const { log } = await serve(files, {});
    expect(log()).toContain('it expired on');
  });
});

describe('the auditlogger does not start', () => {
  const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });

  test.for<[what: string, spoil: (files: Files) => Promise<void>, sentence: RegExp]>([
    [
      'without its certificate',
      ({ cert }) => rm(cert),
      /^--tls-cert-file \S+server\.crt cannot be read: no such file\.$/,
    ],
    [
      'with a folder for a key',
      ({ key }) =>
        rm(key)
          .then(() => mkdir(key))
          .then(() => {}),
      /^--tls-key-file \S+ is not a file\.$/,
    ],
    [
      'with a key for a certificate',
      async ({ cert }) => write(cert, issue('x', null).key),
      /has no certificate, but a private key/,
    ],
    [
      'with half a certificate',
      ({ cert }) => write(cert, issue('x', null).cert.slice(0, 150)),
      /an incomplete certificate/,
    ],
    [
      'with a broken certificate',
      ({ cert }) => write(cert, issue('x', null).cert.replace(/MII/, 'AAA')),
      /certificate 1 of 1 cannot be read/,
    ],
    [
      'with a locked key',
      ({ key }) => write(key, encrypted.toString()),
      /is encrypted with a passphrase.*openssl pkey/,
    ],
    ['with a certificate for a key', ({ key }) => write(key, issue('x', null).cert), /holds no private key/],
    [
      "with another certificate's key",
      ({ key }) => write(key, issue('x', null).key),
      /does not belong to the first certificate in \S+ \(CN=auditlogger\)/,
    ],
    ['without a client CA', ({ ca }) => write(ca, ''), /--client-ca-file \S+ has no certificate/],
    [
      'with an intermediate CA only',
      ({ ca }) => write(ca, issue('between', issue('root', null), { isCa: true }).cert),
      /contains only intermediate CAs \(CN=between\)/,
    ],
    ['without a token', ({ token }) => write(token, ''), /--token-file \S+ is empty.*openssl rand/],
  ])('%s', async ([, spoil, sentence]) => {
    const { files } = await makeFiles();
    await spoil(files);
    const { opening } = open(files, { ca: true, token: true });
    await expect(opening).rejects.toThrow(sentence);
  });
});

test('--insecure logs warnings', async () => {
  const { files } = await makeFiles();
  const { opening, log } = open(files, { tls: false, insecure: true }, '0.0.0.0');
  const credentials = await opening;
  onTestFinished(() => credentials.close());
  expect(credentials.tls).toBeNull();
  expect(log()).toContain('INSECURE: anyone who can reach this address can send events');
  expect(log()).toContain('INSECURE: events are sent over plain HTTP');
});

describe('the program', () => {
  const flagsOf = ({ cert, key, ca, token }: Files): string[] => [
    ...['--tls-cert-file', cert, '--tls-key-file', key],
    ...['--client-ca-file', ca, '--token-file', token],
  ];

  async function startWith(flags: readonly string[]) {
    const { url: databaseUrl, pool } = await makeDatabase();
    const program = await startProgram(databaseUrl, flags);
    const get = (path: string, trust?: Issued) =>
      ask(`${program.url}${path}`, { method: 'GET', ...(trust === undefined ? {} : { trust }) });
    await vi.waitFor(async () => expect(await get('/readyz')).toMatchObject({ status: 200 }), patience);
    return { program, pool, get };
  }

  test('accepts events of authenticated senders only, and probes without credentials', async () => {
    const { files, ca, client } = await makeFiles();
    const { program, pool, get } = await startWith(flagsOf(files));
    expect(program.url).toMatch(/^https:/);
    const { body, auditIds } = makeBody(3);
    const stranger = issue('kube-apiserver', issue('test CA', null));
    const send = (path: string, options: Parameters<typeof ask>[1]) =>
      ask(`${program.url}${path}`, { trust: ca, body, ...options });
    const refused = [
      await send('/events', {}),
      await send('/events', { token: 'Bearer wrong' }),
      await send('/events', { by: stranger }),
      await send('/events/elsewhere', {}),
      await send('/events/no%20name', {}),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(await readStored(pool)).toEqual([]);
    expect((await send('/events', { token: 'Bearer a-token-of-the-test' })).status).toBe(200);
    expect((await send('/events', { by: client })).status).toBe(200);
    expect((await readStored(pool)).map(({ auditId }) => auditId).sort()).toEqual([...auditIds].sort());
    for (const path of ['/healthz', '/readyz', '/metrics', '/']) {
      expect([path, (await get(path, ca)).status]).toEqual([path, 200]);
    }
    expect(program.log()).not.toContain('a-token-of-the-test');
    program.signal('SIGTERM');
    expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('reloads its certificate and CA under traffic without a failed request', async () => {
    const { files, ca, client } = await makeFiles();
    const { program } = await startWith(flagsOf(files));
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const next = issue('next CA', null);
    const statuses: (number | undefined)[] = [];
    const seen = new Set<string | undefined>();
    const send = async (options: Parameters<typeof ask>[1]): Promise<void> => {
      const answer = await ask(`${program.url}/events`, { body: makeBody(2).body, ...options });
      statuses.push(answer.status);
      seen.add(answer.servedBy);
    };
    await send({ by: client, agent });
    // The usual way to replace a CA: add the new one, then use it.
    await write(files.ca, ca.cert + next.cert);
    const changed = issue('auditlogger', next, { names: ['127.0.0.1'] });
    await write(files.cert, changed.cert);
    await write(files.key, changed.key);
    await vi.waitFor(async () => {
      await Promise.all([
        send({ by: client, agent }),
        send({ by: client }),
        send({ token: 'Bearer a-token-of-the-test' }),
      ]);
      expect(seen).toContain(new X509Certificate(changed.cert).fingerprint256);
    }, patience);
    await send({ by: issue('kube-apiserver', next), trust: next });
    await send({ by: client, agent });
    expect([...new Set(statuses)]).toEqual([200]);
  });

  test.for<[when: string, isRefusedBefore: boolean]>([
    ['after it was refused', true],
    ['after it was connected', false],
  ])(
    'accepts a sender whose CA becomes trusted %s, at the second attempt at the latest',
    async ([, isRefusedBefore]) => {
      const { files, ca } = await makeFiles();
      const { program } = await startWith(flagsOf(files));
      const other = issue('another CA', null);
      const client = issue('kube-apiserver', other);
      const { port, hostname } = new URL(program.url);
      const socket = connect({
        port: Number(port),
        host: hostname,
        rejectUnauthorized: false,
        cert: client.cert,
        key: client.key,
      });
      onTestFinished(() => void socket.destroy());
      await once(socket, 'secureConnect');
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const send = async () =>
        (await ask(`${program.url}/events`, { by: client, agent, body: makeBody(1).body })).status;
      if (isRefusedBefore) expect(await send()).toBe(401);
      await write(files.ca, ca.cert + other.cert);
      await vi.waitFor(() => expect(program.log()).toContain('reloaded the certificate files'), patience);
      // The certificate was verified in the handshake, before the CA was trusted.
      let answer = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        answer += text;
      });
      socket.write('POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
      await once(socket, 'close');
      expect(answer).toMatch(/^HTTP\/1.1 401 .*\r\nconnection: close\r\n/is);
      expect(await send()).toBe(200);
    },
  );

  test('requires configured credentials on loopback, too', async () => {
    const { files } = await makeFiles();
    const { program } = await startWith(['--token-file', files.token]);
    expect(program.url).toMatch(/^http:/);
    const { body } = makeBody(1);
    expect((await ask(`${program.url}/events`, { body })).status).toBe(401);
    expect((await ask(`${program.url}/events`, { body, token: 'Bearer a-token-of-the-test' })).status).toBe(200);
  });

  test('exits with 2 for a reachable address without credentials, and with 3 for a wrong file', async () => {
    const { files } = await makeFiles();
    const open = await runProgram(['--listen', '0.0.0.0:0']);
    expect(open).toMatchObject({ exitCode: 2, stdout: '' });
    expect(open.stderr).toMatch(/^auditlogger: --listen \S+ needs TLS .*\n$/);
    await write(files.key, issue('x', null).key);
    const wrong = await runProgram(['--listen', '127.0.0.1:0', ...flagsOf(files)]);
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toMatch(/^auditlogger: The key of --tls-key-file \S+ does not belong to .*\n$/);
  });

  test('serves any address with --insecure, with a warning', async () => {
    const { program } = await startWith(['--listen', '0.0.0.0:0', '--insecure']);
    expect((await ask(`${program.url}/events`, { body: makeBody(1).body })).status).toBe(200);
    expect(program.log()).toContain('INSECURE: anyone who can reach this address can send events');
  });
});
