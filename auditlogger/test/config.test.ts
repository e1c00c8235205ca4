import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pageWidth, printFlagTable, SnoopError } from '@snoop/snoopdb/command-line';
import { type Config, readConfig } from '../src/config.ts';
import { flags as declared } from '../src/flags.ts';

function read(args: readonly string[], env: Record<string, string> = {}, isTerminal = false): Config {
  const config = readConfig(args, env, isTerminal);
  if (typeof config === 'string') throw new Error(`it read ${config}`);
  return config;
}

function fail(args: readonly string[], env: Record<string, string> = {}): string {
  try {
    read(args, env);
  } catch (error) {
    if (error instanceof SnoopError && error.code === 'wrong_use') return [error.message, ...error.advice].join(' ');
    throw error;
  }
  throw new Error(`${args.join(' ')} was not refused`);
}

function readHelp(env: Record<string, string> = {}): string {
  const page = readConfig(['--help'], env, false);
  if (typeof page !== 'string') throw new Error('it read no page');
  return page;
}

const help = readHelp();

const tls = ['--tls-cert-file', '/tls/server.crt', '--tls-key-file', '/tls/server.key'];

test('has defaults', () => {
  expect(read([])).toMatchInlineSnapshot(`
    {
      "databaseUrl": "postgresql://apisnoop@localhost:5432/apisnoop",
      "insecure": false,
      "limits": {
        "bodyBytes": 134217728,
        "connections": 2000,
        "queueBytes": 25165824,
      },
      "listen": {
        "host": "127.0.0.1",
        "port": 9900,
      },
      "liveBounds": {
        "ledgerAgeMs": 86400000,
        "maxAgeMs": 604800000,
        "maxBytes": 8589934592,
        "maxHits": 1000000,
        "maxRejectedBytes": 268435456,
        "maxRejectedRows": 50000,
        "maxRows": 5000000,
        "maxSources": 64,
      },
      "logFormat": "json",
      "logLevel": "info",
      "metricsListen": null,
      "shutdownDelayMs": 0,
      "source": "cluster",
      "spool": null,
      "statusTokenFile": null,
      "tls": null,
      "tokenFile": null,
    }
  `);
});

test('every flag has a variable, and overrides it', () => {
  const env = {
    SNOOP_LISTEN: '127.0.0.1:1',
    DATABASE_URL: 'postgresql://env/db',
    SNOOP_SOURCE: 'env',
    SNOOP_TLS_CERT_FILE: '/env/cert',
    SNOOP_TLS_KEY_FILE: '/env/key',
    SNOOP_CLIENT_CA_FILE: '/env/ca',
    SNOOP_TOKEN_FILE: '/env/token',
    SNOOP_STATUS_TOKEN_FILE: '/env/status',
    SNOOP_METRICS_LISTEN: '127.0.0.1:8',
    SNOOP_INSECURE: 'true',
    SNOOP_SPOOL: '/env/spool',
    SNOOP_SPOOL_MAX_BYTES: '1MiB',
    SNOOP_MAX_BODY_BYTES: '2MiB',
    SNOOP_MAX_QUEUE_BYTES: '3MiB',
    SNOOP_MAX_CONNECTIONS: '4',
    SNOOP_MAX_SOURCES: '9',
    SNOOP_MAX_HITS: '10',
    SNOOP_SHUTDOWN_DELAY: '5s',
    SNOOP_LIVE_MAX_ROWS: '5',
    SNOOP_LIVE_MAX_BYTES: '6GiB',
    SNOOP_LIVE_MAX_AGE: '7d',
    SNOOP_LOG_LEVEL: 'debug',
    SNOOP_LOG_FORMAT: 'text',
  };
  for (const name of Object.keys(env)) expect(help).toContain(name);
  expect(read([], env)).toMatchObject({
    listen: { host: '127.0.0.1', port: 1 },
    databaseUrl: 'postgresql://env/db',
    source: 'env',
    tls: { certFile: '/env/cert', keyFile: '/env/key', clientCaFile: '/env/ca' },
    tokenFile: '/env/token',
    statusTokenFile: '/env/status',
    metricsListen: { host: '127.0.0.1', port: 8 },
    insecure: true,
    spool: { folder: '/env/spool', maxBytes: 1024 ** 2 },
    limits: { bodyBytes: 2 * 1024 ** 2, queueBytes: 3 * 1024 ** 2, connections: 4 },
    shutdownDelayMs: 5000,
    liveBounds: { maxRows: 5, maxBytes: 6 * 1024 ** 3, maxAgeMs: 7 * 86_400_000, maxSources: 9, maxHits: 10 },
    logLevel: 'debug',
    logFormat: 'text',
  });
  const flags = [
    ['--listen', '[::1]:2'],
    ['--database-url', 'postgresql://flag/db'],
    ['--source', 'flag'],
    ['--tls-cert-file', '/flag/cert'],
    ['--tls-key-file', '/flag/key'],
    ['--client-ca-file', '/flag/ca'],
    ['--token-file', '/flag/token'],
    ['--status-token-file', '/flag/status'],
    ['--metrics-listen', '127.0.0.1:80'],
    ['--insecure'],
    ['--spool', '/flag/spool'],
    ['--spool-max-bytes', '10MiB'],
    ['--max-body-bytes', '20MiB'],
    ['--max-queue-bytes', '30MiB'],
    ['--max-connections', '40'],
    ['--max-sources', '90'],
    ['--max-hits', '100'],
    ['--shutdown-delay', '50s'],
    ['--live-max-rows', '50'],
    ['--live-max-bytes', '60GiB'],
    ['--live-max-age', '70d'],
    ['--log-level', 'warn'],
    ['--log-format', 'json'],
  ];
  for (const [flag] of flags) expect(help).toContain(flag);
  expect(read(flags.flat(), { ...env, SNOOP_INSECURE: 'false' })).toMatchObject({
    listen: { host: '::1', port: 2 },
    databaseUrl: 'postgresql://flag/db',
    source: 'flag',
    tls: { certFile: '/flag/cert', keyFile: '/flag/key', clientCaFile: '/flag/ca' },
    tokenFile: '/flag/token',
    statusTokenFile: '/flag/status',
    metricsListen: { host: '127.0.0.1', port: 80 },
    insecure: true,
    spool: { folder: '/flag/spool', maxBytes: 10 * 1024 ** 2 },
    limits: { bodyBytes: 20 * 1024 ** 2, queueBytes: 30 * 1024 ** 2, connections: 40 },
    shutdownDelayMs: 50_000,
    liveBounds: { maxRows: 50, maxBytes: 60 * 1024 ** 3, maxAgeMs: 70 * 86_400_000, maxSources: 90, maxHits: 100 },
    logLevel: 'warn',
    logFormat: 'json',
  });
});

test('ignores an empty variable', () => {
  const names = ['SNOOP_LISTEN', 'SNOOP_TOKEN_FILE', 'SNOOP_SPOOL', 'SNOOP_INSECURE', 'SNOOP_MAX_CONNECTIONS'];
  expect(read([], Object.fromEntries(names.map((name) => [name, ''])))).toEqual(read([]));
});

test('logs text to a terminal, JSON otherwise', () => {
  expect([read([], {}, true).logFormat, read([], {}, false).logFormat]).toEqual(['text', 'json']);
  expect(read(['--log-format', 'json'], {}, true).logFormat).toBe('json');
});

test('reads the variables of psql for the database', () => {
  const env = { PGHOST: 'db', PGPORT: '6000', PGUSER: 'a b', PGPASSWORD: 'p/w', PGDATABASE: 'x' };
  expect(read([], env).databaseUrl).toBe('postgresql://a%20b:p%2Fw@db:6000/x');
});

describe('an address that others can reach', () => {
  test.for<[what: string, ...args: string[]]>([
    ['TLS and client certificates', ...tls, '--client-ca-file', 'ca.crt'],
    ['TLS and a token', ...tls, '--token-file', 'token'],
    ['--insecure', '--insecure'],
    ['TLS and --insecure', ...tls, '--insecure'],
  ])('is served with %s', ([, ...args]) => {
    expect(read(['--listen', '0.0.0.0:9900', ...args]).listen).toEqual({ host: '0.0.0.0', port: 9900 });
  });

  test.for<[what: string, missing: string, ...args: string[]]>([
    ['nothing', 'TLS (--tls-cert-file and --tls-key-file) and --client-ca-file or --token-file'],
    ['TLS alone', 'needs --client-ca-file or --token-file: without it', ...tls],
    ['a token alone', 'needs TLS (--tls-cert-file and --tls-key-file): without it', '--token-file', 'token'],
  ])('is refused with %s', ([, missing, ...args]) => {
    const sentence = fail(['--listen', '10.0.0.1:9900', ...args]);
    expect(sentence).toContain(missing);
    expect(sentence).toContain('--listen 10.0.0.1:9900 needs ');
    expect(sentence).toMatch(/snoop sink.*--listen 127\.0\.0\.1:9900.*--insecure/);
  });
});

test.for<[what: string, args: string[], sentence: string]>([
  ['a certificate without its key', ['--tls-cert-file', 'a'], '--tls-cert-file is set, but --tls-key-file is missing'],
  ['a key without its certificate', ['--tls-key-file', 'a'], '--tls-key-file is set, but --tls-cert-file is missing'],
  [
    'client certificates without TLS',
    ['--client-ca-file', 'a'],
    '--client-ca-file is set, but --tls-cert-file and --tls-key-file are missing',
  ],
  ['no file', ['--token-file', ''], '--token-file takes the path of a file; it is empty.'],
  [
    'no port',
    ['--listen', 'localhost'],
    "--listen takes HOST:PORT, such as 127.0.0.1:9900, 0.0.0.0:9900 or [::1]:9900, not 'localhost'.",
  ],
  ['no host', ['--listen', ':9900'], "not ':9900'"],
  ['a port beyond the last', ['--listen', '127.0.0.1:65536'], "not '127.0.0.1:65536'"],
  ['an address without brackets', ['--listen', '::1:9900'], "not '::1:9900'"],
  ['brackets around a name', ['--listen', '[localhost]:9900'], "not '[localhost]:9900'"],
  ['a bad name of a source', ['--source', 'my cluster'], "not 'my cluster'"],
  ['no name of a source', ['--source', ''], "not ''"],
  ['a size of a spool that is not there', ['--spool-max-bytes', '1GiB'], 'Set its folder with --spool'],
  ['no size', ['--max-queue-bytes', 'much'], "--max-queue-bytes takes a size, such as 8GiB or 500MiB, not 'much'."],
  [
    'a size too small',
    ['--max-body-bytes', '1023KiB'],
    "--max-body-bytes takes a size between 1MiB and 1GiB, not '1023KiB'.",
  ],
  [
    'a size too large',
    ['--max-body-bytes', '2GiB'],
    "--max-body-bytes takes a size between 1MiB and 1GiB, not '2GiB'.",
  ],
  [
    'no connections',
    ['--max-connections', '0'],
    "--max-connections takes a number of connections, such as 2000, not '0'.",
  ],
  ['a log format', ['--log-format', 'xml'], "--log-format takes json or text, not 'xml'."],
  ['a log level', ['--log-level', ''], "--log-level takes fatal, error, warn, info, debug, trace or silent, not ''."],
  ['an unknown flag', ['--tls-cert', 'a'], '--tls-cert-file'],
])('%s is wrong use', ([, args, sentence]) => {
  expect(fail(args)).toContain(sentence);
});

test('names a variable with a wrong value', () => {
  expect(fail([], { SNOOP_LISTEN: 'nowhere' })).toMatch(/^SNOOP_LISTEN takes HOST:PORT/);
  expect(fail([], { SNOOP_INSECURE: 'perhaps' })).toBe("SNOOP_INSECURE takes true or false, not 'perhaps'.");
  expect(fail([], { SNOOP_MAX_CONNECTIONS: '-1' })).toMatch(/^SNOOP_MAX_CONNECTIONS takes/);
});

test('does not repeat an invalid database URL, which may hold a password', () => {
  expect(fail(['--database-url', 'secret'])).not.toContain('secret');
});

test('--help fits in 80 columns, and shows no values of the environment', () => {
  for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(pageWidth);
  const secret = { DATABASE_URL: 'postgresql://user:secret@db/x', PGPASSWORD: 'secret', SNOOP_TOKEN_FILE: '/secret' };
  expect(readHelp(secret)).toBe(help);
});

test('the table in the README agrees with the declared flags', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(printFlagTable(Object.values(declared)));
});
