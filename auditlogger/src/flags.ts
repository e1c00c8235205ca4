import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { defaultLiveBounds, isSourceName } from '@snoop/snoopdb';
import { choiceFlag, type Flag, groupFlags, switchFlag, valueFlag, wrongUse } from '@snoop/snoopdb/command-line';
import { formatAge, formatBytes, readAge, readBytes, readCount } from './quantity.ts';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** All flags with their variables and defaults: the parser, `--help` and the table in the README read this. */
export const flags = {
  listen: valueFlag(
    '--listen <HOST:PORT>',
    'address to listen on; port 0 picks a free port, which is logged',
    readAddress,
  )
    .defaultsTo('127.0.0.1:9900')
    .from('SNOOP_LISTEN'),
  databaseUrl: valueFlag('--database-url <URL>', 'the PostgreSQL with SnoopDB')
    .defaultsToWhat('the PG* variables')
    .from('DATABASE_URL'),
  source: valueFlag(
    '--source <NAME>',
    'source of the events sent to /events; those sent to /events/NAME have the source NAME',
    readSource,
  )
    .defaultsTo('cluster')
    .from('SNOOP_SOURCE'),

  ...groupFlags('Senders (certificates are PEM; changed files are reloaded)', {
    tlsCertFile: fileFlag('--tls-cert-file', 'server certificate, with intermediates')
      .defaultsToWhat('plain HTTP')
      .from('SNOOP_TLS_CERT_FILE'),
    tlsKeyFile: fileFlag('--tls-key-file', 'its private key, without a passphrase').from('SNOOP_TLS_KEY_FILE'),
    clientCaFile: fileFlag('--client-ca-file', 'CAs whose client certificates may send').from('SNOOP_CLIENT_CA_FILE'),
    tokenFile: fileFlag(
      '--token-file',
      "bearer tokens that may send, one a line; 'TOKEN SOURCE' binds a token to a source, as the common name " +
        "'source:NAME' binds a client certificate",
    ).from('SNOOP_TOKEN_FILE'),
    insecure: switchFlag('--insecure', 'listen beyond loopback without TLS or without credentials').from(
      'SNOOP_INSECURE',
    ),
  }),

  ...groupFlags('Metrics and status', {
    metricsListen: valueFlag('--metrics-listen <HOST:PORT>', 'serve /metrics only on this address', readAddress)
      .defaultsToWhat('the same as --listen')
      .from('SNOOP_METRICS_LISTEN'),
    statusTokenFile: fileFlag(
      '--status-token-file',
      'bearer token for the full error in /readyz, which senders with credentials also get; others get the kind of trouble',
    ).from('SNOOP_STATUS_TOKEN_FILE'),
  }),

  ...groupFlags('While the database is down', {
    spool: valueFlag('--spool <DIR>', 'folder for bodies while the database is down', readPath('folder'))
      .defaultsToWhat('none; senders retry')
      .from('SNOOP_SPOOL'),
    spoolMaxBytes: valueFlag('--spool-max-bytes <SIZE>', 'largest size of the spool', readSize)
      .defaultsTo('1GiB')
      .from('SNOOP_SPOOL_MAX_BYTES'),
  }),

  ...groupFlags('Shutdown', {
    shutdownDelay: valueFlag(
      '--shutdown-delay <TIME>',
      'after the signal, accept bodies for this long while a sender is connected, so that a kube-apiserver that stops ' +
        'at the same time can deliver its last events',
      amount(readAge, 'a time, such as 8s'),
    )
      .defaultsToWhat('none')
      .from('SNOOP_SHUTDOWN_DELAY'),
  }),

  ...groupFlags('Limits', {
    // At least 1 MiB, for the usual batches of a kube-apiserver; at most what PostgreSQL accepts in one statement.
    maxBodyBytes: valueFlag('--max-body-bytes <SIZE>', 'largest body, decoded', readBound(1024 ** 3))
      .defaultsTo('128MiB')
      .from('SNOOP_MAX_BODY_BYTES'),
    maxQueueBytes: valueFlag('--max-queue-bytes <SIZE>', 'all bodies in flight, plus one larger body', readBound())
      .defaultsTo('24MiB')
      .from('SNOOP_MAX_QUEUE_BYTES'),
    maxConnections: countFlag('--max-connections', 'connections at once', 'connections', 2000).from(
      'SNOOP_MAX_CONNECTIONS',
    ),
    maxSources: countFlag(
      '--max-sources',
      'different names at /events/NAME',
      'sources',
      defaultLiveBounds.maxSources,
    ).from('SNOOP_MAX_SOURCES'),
    maxHits: countFlag(
      '--max-hits',
      'rows of hits of all these sources together',
      'hits',
      defaultLiveBounds.maxHits,
    ).from('SNOOP_MAX_HITS'),
    liveMaxRows: countFlag('--live-max-rows', 'live events to keep', 'events', defaultLiveBounds.maxRows).from(
      'SNOOP_LIVE_MAX_ROWS',
    ),
    liveMaxBytes: valueFlag('--live-max-bytes <SIZE>', 'their size, with indexes', readSize)
      .defaultsTo(formatBytes(defaultLiveBounds.maxBytes))
      .from('SNOOP_LIVE_MAX_BYTES'),
    liveMaxAge: valueFlag('--live-max-age <TIME>', 'their age', amount(readAge, 'a time, such as 7d, 12h or 30m'))
      .defaultsTo(formatAge(defaultLiveBounds.maxAgeMs))
      .from('SNOOP_LIVE_MAX_AGE'),
  }),

  ...groupFlags('Log', {
    logLevel: choiceFlag('--log-level <LEVEL>', '', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .defaultsTo('info')
      .from('SNOOP_LOG_LEVEL'),
    logFormat: choiceFlag('--log-format <FORMAT>', '', ['json', 'text'])
      .defaultsToWhat('text on a terminal, else json')
      .from('SNOOP_LOG_FORMAT'),
  }),
} as const;

/** Reads a value, and names the flag or variable in the error. */
type Read<T> = (text: string, name: string) => T;

/** @param example of a valid value, for the error */
function amount(read: (text: string) => number | null, example: string): Read<number> {
  return (text, name) => {
    const found = read(text);
    if (found !== null) return found;
    throw wrongUse(`${name} takes ${example}, not '${text}'.`);
  };
}

function readSize(text: string, name: string): number {
  return amount(readBytes, 'a size, such as 8GiB or 500MiB')(text, name);
}

/** A size of at least 1 MiB. */
function readBound(most = Number.MAX_SAFE_INTEGER): Read<number> {
  return (text, name) => {
    const bytes = readSize(text, name);
    if (bytes >= 1024 ** 2 && bytes <= most) return bytes;
    const range = most === Number.MAX_SAFE_INTEGER ? 'of at least 1MiB' : `between 1MiB and ${formatBytes(most)}`;
    throw wrongUse(`${name} takes a size ${range}, not '${text}'.`);
  };
}

/** @param what the plural of the counted thing, for the error */
function countFlag(name: string, help: string, what: string, otherwise: number): Flag<number> {
  const read = amount(readCount, `a number of ${what}, such as ${otherwise}`);
  return valueFlag(`${name} <N>`, help, read).defaultsTo(String(otherwise));
}

function fileFlag(name: string, help: string): Flag<string | undefined> {
  return valueFlag(`${name} <FILE>`, help, readPath('file'));
}

/** Reads the path of a file or folder, which need not exist, and makes it absolute. */
function readPath(what: 'file' | 'folder'): Read<string> {
  return (text, name) => {
    if (text !== '') return resolve(text);
    throw wrongUse(`${name} takes the path of a ${what}; it is empty.`);
  };
}

function readSource(text: string, name: string): string {
  if (isSourceName(text)) return text;
  throw wrongUse(
    `${name} takes a name of at most 100 letters, digits and . _ : @ -, which begins with a letter or digit, not '${text}'.`,
  );
}

function readAddress(text: string, name: string): Address {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText);
  if (host !== undefined && (bracketed === undefined || isIP(bracketed) === 6) && port <= 65_535) return { host, port };
  throw wrongUse(`${name} takes HOST:PORT, such as 127.0.0.1:9900, 0.0.0.0:9900 or [::1]:9900, not '${text}'.`);
}
