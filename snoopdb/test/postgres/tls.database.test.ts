import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findPrograms } from '../../src/embedded-server/programs.ts';
import { isDatabaseAway, openPool, toError } from '../../src/index.ts';
import { findInstalledPostgres, startInstalledPostgres } from '../support/other-postgres.ts';
import { readPostgresUrl } from '../support/test-database.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Roles by which way they are let in: any, only with TLS, only without, with a client's certificate. */
const hba = `
hostssl   all secret       127.0.0.1/32 trust
hostnossl all open         127.0.0.1/32 trust
hostssl   all known        127.0.0.1/32 cert
host      all apisnoop     127.0.0.1/32 trust
`;

let folder: string;
let server: { url: string; stop(): Promise<void> };

describe.skipIf(!hasOpenssl)(`sslmode${hasOpenssl ? '' : ' (openssl is not installed)'}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snoop-tls-'));
    makeCertificates(folder);
    const [last] = (await findInstalledPostgres()).slice(-1);
    const files = {
      'pg_hba.conf': hba,
      'server.crt': await readFile(join(folder, 'localhost.crt'), 'utf8'),
      'server.key': await readFile(join(folder, 'localhost.key'), 'utf8'),
      'ca.crt': await readFile(join(folder, 'ca.crt'), 'utf8'),
    };
    const programs = last ?? { major: 18, bin: join(findPrograms().folder, 'bin') };
    server = await startInstalledPostgres(programs, files, ['ssl=on', 'ssl_ca_file=ca.crt']);
    const pool = openPool(server.url);
    for (const role of ['secret', 'open', 'known']) await pool.query(`create role ${role} login`);
    await pool.end();
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const file = (name: string): string => join(folder, name);

  test.each<[string, string, string, boolean | string]>([
    // user, host, parameters, whether the connection has TLS, or why there is none
    ['apisnoop', '127.0.0.1', '', true],
    ['apisnoop', '127.0.0.1', 'sslmode=disable', false],
    ['apisnoop', '127.0.0.1', 'sslmode=allow', false],
    ['apisnoop', '127.0.0.1', 'sslmode=prefer', true],
    ['apisnoop', '127.0.0.1', 'sslmode=require', true],
    ['apisnoop', '127.0.0.1', 'sslmode=require&sslnegotiation=postgres', true],
    ['apisnoop', '127.0.0.1', 'sslmode=verify-ca&sslrootcert=CA', true],
    ['apisnoop', 'localhost', 'sslmode=verify-full&sslrootcert=CA', true],
    ['apisnoop', '127.0.0.1', 'sslmode=verify-full&sslrootcert=CA', 'altnames'],
    ['apisnoop', 'localhost', 'sslmode=verify-full&sslrootcert=OTHER', 'certificate'],
    ['apisnoop', 'localhost', 'sslmode=verify-ca&sslrootcert=OTHER', 'certificate'],
    ['apisnoop', 'localhost', 'sslmode=require&sslrootcert=OTHER', 'certificate'],
    ['apisnoop', 'localhost', 'sslmode=prefer&sslrootcert=OTHER', false],
    ['apisnoop', 'localhost', 'sslmode=verify-full&sslrootcert=system', 'certificate'],
    // The server refuses one of the two ways.
    ['secret', '127.0.0.1', 'sslmode=disable', 'no encryption'],
    ['secret', '127.0.0.1', 'sslmode=allow', true],
    ['secret', '127.0.0.1', 'sslmode=prefer', true],
    ['open', '127.0.0.1', 'sslmode=require', 'SSL encryption'],
    ['open', '127.0.0.1', 'sslmode=prefer', false],
    ['open', '127.0.0.1', 'sslmode=allow', false],
    // Both fail: the error of the TLS attempt is reported.
    ['nobody', '127.0.0.1', 'sslmode=prefer', 'SSL encryption'],
    ['nobody', '127.0.0.1', 'sslmode=allow', 'SSL encryption'],
    ['known', '127.0.0.1', 'sslmode=require', 'certificate'],
    ['known', '127.0.0.1', 'sslmode=require&sslcert=CLIENT.crt&sslkey=CLIENT.key', true],
    ['known', '127.0.0.1', 'sslmode=allow&sslcert=CLIENT.crt&sslkey=CLIENT.key', true],
    ['known', '127.0.0.1', 'sslmode=require&sslcert=CLIENT.crt&sslkey=/nowhere', '/nowhere cannot be read'],
  ])('%s at %s with %s', async (user, host, parameters, expected) => {
    const url = new URL(server.url);
    url.username = user;
    url.hostname = host;
    url.search = parameters
      .replace('CA', file('ca.crt'))
      .replace('OTHER', file('other.crt'))
      .replaceAll('CLIENT', file('known'));
    expect(await connect(url.href)).toEqual(
      typeof expected === 'string' ? expect.stringContaining(expected) : expected,
    );
  });
});

test('a server without TLS is used on the same connection, and refused if TLS is required', async () => {
  const counted = await countConnections(new URL(readPostgresUrl()));
  expect(await connect(counted.url)).toBe(false);
  expect(counted.connections()).toBe(1);
  expect(await connect(`${counted.url}?sslmode=allow`)).toBe(false);
  expect(await connect(`${counted.url}?sslmode=require`)).toBe(
    'The database server does not support TLS, which sslmode=require requires.',
  );
});

test('a server that is not PostgreSQL is reported', async () => {
  const { url } = await listen((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const pool = openPool(url);
  const error = await pool.query('select').then(() => null, toError);
  await pool.end();
  expect(error?.message).toContain('is not PostgreSQL');
  expect(isDatabaseAway(error)).toBe(true);
});

/** @returns whether the connection has TLS, or why there is none */
async function connect(url: string): Promise<boolean | string> {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  let pool: ReturnType<typeof openPool> | null = null;
  try {
    pool = openPool(url, { max: 1 });
    const { rows } = await pool.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    return rows[0]?.ssl ?? 'not known';
  } catch (error) {
    return toError(error).message;
  } finally {
    await pool?.end();
    // They come a moment after what they are about.
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  }
}

async function countConnections(to: URL): Promise<{ url: string; connections: () => number }> {
  const { createConnection } = await import('node:net');
  let connections = 0;
  const { url } = await listen((socket) => {
    connections++;
    const upstream = createConnection(Number(to.port), to.hostname);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  const counted = new URL(to.href);
  counted.port = new URL(url).port;
  counted.hostname = '127.0.0.1';
  counted.search = '';
  return { url: counted.href, connections: () => connections };
}

async function listen(answer: (socket: Socket) => void): Promise<{ url: string }> {
  const listener = createServer(answer);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void listener.close(() => resolve())));
  const address = listener.address();
  return { url: `postgresql://a@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/b` };
}

/** Two CAs; of the first one a server's certificate for `localhost` alone, and a client's for the role `known`. */
function makeCertificates(into: string): void {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: into, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const ca of ['ca', 'other']) {
    openssl('req', '-x509', ...key, '-subj', `/CN=${ca}`, '-days', '2', '-keyout', `${ca}.key`, '-out', `${ca}.crt`);
  }
  for (const name of ['localhost', 'known']) {
    openssl(
      'req',
      ...key,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      `${name}.crt`,
    );
  }
}
