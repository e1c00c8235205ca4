import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { defaultLiveBounds, isSourceName, type LiveBounds, readDatabaseAddress, toError } from '@snoop/snoopdb';
import { checkExposure } from './exposure.ts';
import { defaults, help, logLevels } from './help.ts';
import { readAge, readBytes, readCount } from './quantity.ts';
import { readAmount, readChoice, readPath, readSwitch, UsageError, type Value } from './setting.ts';

export { defaults, help, UsageError };

/** What the auditlogger needs to know; flags beat the environment, the environment beats the defaults. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly databaseUrl: string;
  /** Where the events come from, as SnoopDB stores it, when the path of a request does not say it. */
  readonly source: string;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'text';
  /** How much of the events is held. */
  readonly liveBounds: LiveBounds;
  /** null: plain HTTP. */
  readonly tls: TlsFiles | null;
  /** The file with the bearer token that senders have to show. */
  readonly tokenFile: string | null;
  /** The file with the bearer token for reading in full why events are not stored. */
  readonly statusTokenFile: string | null;
  /** Where the figures are served; null: beside the events. */
  readonly metricsListen: { readonly host: string; readonly port: number } | null;
  /** Senders that nobody can tell from others are taken on an address that others can reach. */
  readonly insecure: boolean;
  /** Where bodies wait while the database is away; null: they are refused then. */
  readonly spool: { readonly folder: string; readonly maxBytes: number } | null;
  readonly limits: Limits;
  /** How long bodies are still taken after the signal to end, while a sender is connected. */
  readonly shutdownDelayMs: number;
}

/** PEM files. */
export interface TlsFiles {
  /** The server's certificate, and those between it and its authority. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The authorities whose certificates make a sender known; null: certificates are not asked for. */
  readonly clientCaFile: string | null;
}

export interface Limits {
  /** The largest body, decoded. */
  readonly bodyBytes: number;
  /** All bodies in flight together; one larger body at a time goes beside it. */
  readonly queueBytes: number;
  readonly connections: number;
}

/**
 * Reads flags and environment; the only reader of `process.env` in this package.
 * @param isTerminal whether people read the log, which decides about its format when nothing else does
 * @returns 'help' or 'version' when that was asked for
 * @throws UsageError with a sentence that says what is wrong and what is right
 */
export function readConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  isTerminal: boolean = process.stdout.isTTY === true,
): Config | 'help' | 'version' {
  const flags = readFlags(argv);
  if (flags.help) return 'help';
  if (flags.version) return 'version';
  /** An empty flag is a value, and mostly a wrong one; an empty variable is none. */
  const given: Given = (name) => {
    const flag = flags[name];
    if (flag !== undefined) return { text: String(flag), name: `--${name}` };
    const variable = variables[name];
    const text = env[variable];
    return text ? { text, name: variable } : null;
  };
  const config: Config = {
    listen: readListen(given('listen') ?? { text: defaults.listen, name: '--listen' }),
    databaseUrl: readDatabaseUrl(given('database-url')?.text ?? null, env),
    source: readSource(given('source')) ?? defaults.source,
    logLevel: readChoice(given('log-level'), 'log level', logLevels) ?? defaults.logLevel,
    logFormat: readChoice(given('log-format'), 'log format', ['json', 'text']) ?? (isTerminal ? 'text' : 'json'),
    liveBounds: {
      ...defaultLiveBounds,
      maxRows: readAmount(given('live-max-rows'), readCount, examples.events) ?? defaultLiveBounds.maxRows,
      maxBytes: readAmount(given('live-max-bytes'), readBytes, examples.size) ?? defaultLiveBounds.maxBytes,
      maxAgeMs: readAmount(given('live-max-age'), readAge, examples.time) ?? defaultLiveBounds.maxAgeMs,
      maxSources: readAmount(given('max-sources'), readCount, examples.sources) ?? defaultLiveBounds.maxSources,
      maxHits: readAmount(given('max-hits'), readCount, examples.hits) ?? defaultLiveBounds.maxHits,
    },
    tls: readTls(given),
    tokenFile: readPath(given('token-file'), 'file'),
    statusTokenFile: readPath(given('status-token-file'), 'file'),
    metricsListen: readMetricsListen(given('metrics-listen')),
    insecure: readSwitch(given('insecure')),
    spool: readSpool(given, flags['spool-max-bytes'] !== undefined),
    limits: readLimits(given),
    shutdownDelayMs: readAmount(given('shutdown-delay'), readAge, examples.delay) ?? 0,
  };
  checkExposure(config);
  return config;
}

type Given = (name: keyof typeof variables) => Value | null;

const options = {
  listen: { type: 'string' },
  'database-url': { type: 'string' },
  source: { type: 'string' },
  'tls-cert-file': { type: 'string' },
  'tls-key-file': { type: 'string' },
  'client-ca-file': { type: 'string' },
  'token-file': { type: 'string' },
  'status-token-file': { type: 'string' },
  'metrics-listen': { type: 'string' },
  insecure: { type: 'boolean' },
  spool: { type: 'string' },
  'spool-max-bytes': { type: 'string' },
  'max-body-bytes': { type: 'string' },
  'max-queue-bytes': { type: 'string' },
  'max-connections': { type: 'string' },
  'max-sources': { type: 'string' },
  'max-hits': { type: 'string' },
  'shutdown-delay': { type: 'string' },
  'live-max-rows': { type: 'string' },
  'live-max-bytes': { type: 'string' },
  'live-max-age': { type: 'string' },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const variables = {
  listen: 'SNOOP_LISTEN',
  'database-url': 'DATABASE_URL',
  source: 'SNOOP_SOURCE',
  'tls-cert-file': 'SNOOP_TLS_CERT_FILE',
  'tls-key-file': 'SNOOP_TLS_KEY_FILE',
  'client-ca-file': 'SNOOP_CLIENT_CA_FILE',
  'token-file': 'SNOOP_TOKEN_FILE',
  'status-token-file': 'SNOOP_STATUS_TOKEN_FILE',
  'metrics-listen': 'SNOOP_METRICS_LISTEN',
  insecure: 'SNOOP_INSECURE',
  spool: 'SNOOP_SPOOL',
  'spool-max-bytes': 'SNOOP_SPOOL_MAX_BYTES',
  'max-body-bytes': 'SNOOP_MAX_BODY_BYTES',
  'max-queue-bytes': 'SNOOP_MAX_QUEUE_BYTES',
  'max-connections': 'SNOOP_MAX_CONNECTIONS',
  'max-sources': 'SNOOP_MAX_SOURCES',
  'max-hits': 'SNOOP_MAX_HITS',
  'shutdown-delay': 'SNOOP_SHUTDOWN_DELAY',
  'live-max-rows': 'SNOOP_LIVE_MAX_ROWS',
  'live-max-bytes': 'SNOOP_LIVE_MAX_BYTES',
  'live-max-age': 'SNOOP_LIVE_MAX_AGE',
  'log-level': 'SNOOP_LOG_LEVEL',
  'log-format': 'SNOOP_LOG_FORMAT',
} as const;

const examples = {
  events: 'a number of events, such as 5000000',
  connections: 'a number of connections, such as 2000',
  sources: 'a number of sources, such as 64',
  hits: 'a number of hits, such as 1000000',
  size: 'a size, such as 8GiB or 500MiB',
  time: 'a time, such as 7d, 12h or 30m',
  delay: 'a time, such as 8s',
};

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split(/[.\n]/)[0] ?? '') : String(cause);
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(`${said}. The flags are ${flags.join(', ')}; see auditlogger --help.`, { cause });
  }
}

function readSource(value: Value | null): string | null {
  if (value === null || isSourceName(value.text)) return value?.text ?? null;
  throw new UsageError(
    `${value.name} wants a name of at most 100 letters, digits and . _ : @ -, which begins with a letter or digit, not '${value.text}'.`,
  );
}

function readTls(given: Given): TlsFiles | null {
  const certFile = readPath(given('tls-cert-file'), 'file');
  const keyFile = readPath(given('tls-key-file'), 'file');
  const clientCaFile = readPath(given('client-ca-file'), 'file');
  if (certFile !== null && keyFile !== null) return { certFile, keyFile, clientCaFile };
  if (certFile === null && keyFile === null && clientCaFile === null) return null;
  const missing = [...(certFile === null ? ['--tls-cert-file'] : []), ...(keyFile === null ? ['--tls-key-file'] : [])];
  const there = certFile !== null ? '--tls-cert-file' : keyFile !== null ? '--tls-key-file' : '--client-ca-file';
  throw new UsageError(
    `TLS needs a certificate and its key: there is ${there}, and ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing.`,
  );
}

function readSpool(given: Given, sizeByFlag: boolean): Config['spool'] {
  const folder = readPath(given('spool'), 'folder');
  const maxBytes = readAmount(given('spool-max-bytes'), readBytes, examples.size) ?? defaults.spoolMaxBytes;
  if (folder !== null) return { folder, maxBytes };
  if (!sizeByFlag) return null;
  throw new UsageError(
    '--spool-max-bytes says how large the spool may become, and there is none: name it with --spool.',
  );
}

/** Below, the usual batches of a kube-apiserver would not pass; above, PostgreSQL would not take them in one statement. */
const leastBytes = 1024 ** 2;
const mostBodyBytes = 1024 ** 3;

function readLimits(given: Given): Limits {
  const readLimit = (value: Value | null, otherwise: number, most = Number.MAX_SAFE_INTEGER): number => {
    const bytes = readAmount(value, readBytes, examples.size) ?? otherwise;
    if (bytes >= leastBytes && bytes <= most) return bytes;
    const range = most === mostBodyBytes ? 'between 1MiB and 1GiB' : 'of at least 1MiB';
    throw new UsageError(`${value?.name} wants a size ${range}, not '${value?.text}'.`);
  };
  return {
    bodyBytes: readLimit(given('max-body-bytes'), defaults.bodyBytes, mostBodyBytes),
    queueBytes: readLimit(given('max-queue-bytes'), defaults.queueBytes),
    connections: readAmount(given('max-connections'), readCount, examples.connections) ?? defaults.connections,
  };
}

function readListen({ text, name }: Value): Config['listen'] {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText);
  if (host !== undefined && (bracketed === undefined || isIP(bracketed) === 6) && port <= 65_535) return { host, port };
  throw new UsageError(
    `${name} wants HOST:PORT, such as ${defaults.listen}, 0.0.0.0:9900 or [::1]:9900, not '${text}'.`,
  );
}

function readMetricsListen(value: Value | null): Config['metricsListen'] {
  return value === null ? null : readListen(value);
}

function readDatabaseUrl(text: string | null, env: NodeJS.ProcessEnv): string {
  try {
    // An empty address is all of the variables, which are named when one of them is wrong.
    readDatabaseAddress(text ?? 'postgresql://', env).tls.readOptions();
    return text ?? urlOfPgVariables(env);
  } catch (cause) {
    throw new UsageError(toError(cause).message, { cause });
  }
}

/** The habits of psql: `PGUSER=apisnoop PGHOST=localhost`. */
function urlOfPgVariables(env: NodeJS.ProcessEnv): string {
  const part = (name: string, otherwise: string): string => encodeURIComponent(env[name] || otherwise);
  const password = env.PGPASSWORD ? `:${part('PGPASSWORD', '')}` : '';
  const host = `${part('PGHOST', 'localhost')}:${part('PGPORT', '5432')}`;
  return `postgresql://${part('PGUSER', 'apisnoop')}${password}@${host}/${part('PGDATABASE', 'apisnoop')}`;
}
