import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { defaultLiveBounds, type LiveBounds } from '@snoop/snoopdb';
import { readAge, readBytes, readCount } from './quantity.ts';

/** What the auditlogger needs to know; flags beat the environment, the environment beats the defaults. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly databaseUrl: string;
  /** Where the events come from, as SnoopDB stores it. */
  readonly source: string;
  readonly logLevel: string;
  /** How much of the events is held. */
  readonly liveBounds: LiveBounds;
}

/** Wrong use: the sentence is for the person who called; the program ends with 2. */
export class UsageError extends Error {
  readonly code = 'usage';
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export const defaults = { listen: '127.0.0.1:9900', source: 'cluster', logLevel: 'info' } as const;

export const help = `auditlogger: takes audit events of a kube-apiserver over HTTP and commits them into SnoopDB.

Usage: auditlogger [flags]

  --listen HOST:PORT      where to listen, a loopback address; port 0 takes a free one  [${defaults.listen}]  SNOOP_LISTEN
  --database-url URL      the PostgreSQL that holds SnoopDB                             [PG* variables]  DATABASE_URL
  --source NAME           the cluster that sends, as SnoopDB stores it                  [${defaults.source}]  SNOOP_SOURCE
  --live-max-rows N       events held at most                                           [5000000]  SNOOP_LIVE_MAX_ROWS
  --live-max-bytes SIZE   their size at most, such as 8GiB or 500MiB                    [8GiB]  SNOOP_LIVE_MAX_BYTES
  --live-max-age TIME     how long they are held at most, such as 7d, 12h or 30m        [7d]  SNOOP_LIVE_MAX_AGE
  --log-level LEVEL       ${logLevels.join(', ')}          [${defaults.logLevel}]  SNOOP_LOG_LEVEL
  --help                  this page
  --version               the version

The name at the end of a line is the environment variable of the same meaning; the flag beats it. Without a database URL,
PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE are used, as psql uses them; host localhost, user and database apisnoop.

When events are beyond one of the three bounds, the oldest go, about a sixteenth of them at a time. What they hit stays.

Paths:
  POST /events   an EventList (or one Event) of audit.k8s.io/v1; answered 200 when every event of it is committed
  GET  /healthz  the program runs
  GET  /readyz   it can store events: 503 with the reason while it cannot

Examples:
  auditlogger --database-url postgresql://apisnoop@localhost/apisnoop
  DATABASE_URL=postgresql://apisnoop@localhost/apisnoop auditlogger --listen 127.0.0.1:0 --source my-cluster

Exit codes: 0 stopped by a signal, 2 wrong use, 3 it cannot do its work (the reason is printed).
`;

/**
 * Reads flags and environment; the only reader of `process.env` in this package.
 * @returns 'help' or 'version' when that was asked for
 * @throws UsageError with a sentence that says what is wrong and what is right
 */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Config | 'help' | 'version' {
  const flags = readFlags(argv);
  if (flags.help) return 'help';
  if (flags.version) return 'version';
  const logLevel = flags['log-level'] ?? (env.SNOOP_LOG_LEVEL || defaults.logLevel);
  if (!logLevels.includes(logLevel)) {
    throw new UsageError(`There is no log level '${logLevel}'. Use one of: ${logLevels.join(', ')}.`);
  }
  return {
    listen: readListen(flags.listen ?? (env.SNOOP_LISTEN || defaults.listen)),
    databaseUrl: readDatabaseUrl(flags['database-url'] ?? (env.DATABASE_URL || urlOfPgVariables(env))),
    source: flags.source ?? (env.SNOOP_SOURCE || defaults.source),
    logLevel,
    liveBounds: {
      ...defaultLiveBounds,
      ...readBound('maxRows', readCount, '--live-max-rows', flags['live-max-rows'] ?? env.SNOOP_LIVE_MAX_ROWS),
      ...readBound('maxBytes', readBytes, '--live-max-bytes', flags['live-max-bytes'] ?? env.SNOOP_LIVE_MAX_BYTES),
      ...readBound('maxAgeMs', readAge, '--live-max-age', flags['live-max-age'] ?? env.SNOOP_LIVE_MAX_AGE),
    },
  };
}

/** Nothing given, or an empty variable: the default stands. */
function readBound(
  name: 'maxRows' | 'maxBytes' | 'maxAgeMs',
  read: (text: string) => number | null,
  flag: string,
  text: string | undefined,
): Partial<LiveBounds> {
  if (!text) return {};
  const value = read(text);
  if (value !== null) return { [name]: value };
  throw new UsageError(`${flag} wants ${boundExamples[name]}, not '${text}'.`);
}

const boundExamples = {
  maxRows: 'a number of events, such as 5000000',
  maxBytes: 'a size, such as 8GiB or 500MiB',
  maxAgeMs: 'a time, such as 7d, 12h or 30m',
};

const options = {
  listen: { type: 'string' },
  'database-url': { type: 'string' },
  source: { type: 'string' },
  'live-max-rows': { type: 'string' },
  'live-max-bytes': { type: 'string' },
  'live-max-age': { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split(/[.\n]/)[0] ?? '') : String(cause);
    const flags = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(`${said}. The flags are ${flags.join(', ')}; see auditlogger --help.`, { cause });
  }
}

function readListen(text: string): Config['listen'] {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(portText);
  if (portText === undefined || port > 65_535) {
    throw new UsageError(`--listen wants HOST:PORT, such as ${defaults.listen} or [::1]:9900, not '${text}'.`);
  }
  if (!isLoopback(host)) {
    throw new UsageError(
      `only loopback addresses are served, not '${text}': TLS and authentication, which any other address needs, are not there yet. Use --listen 127.0.0.1:${port}.`,
    );
  }
  return { host, port };
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost';
}

function readDatabaseUrl(text: string): string {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  // The URL is not repeated: it may hold a password.
  throw new UsageError('The database URL must look like postgresql://user:password@host:5432/database.');
}

/** The habits of psql: `PGUSER=apisnoop PGHOST=localhost`. */
function urlOfPgVariables(env: NodeJS.ProcessEnv): string {
  const part = (name: string, otherwise: string): string => encodeURIComponent(env[name] || otherwise);
  const password = env.PGPASSWORD ? `:${part('PGPASSWORD', '')}` : '';
  const host = `${part('PGHOST', 'localhost')}:${part('PGPORT', '5432')}`;
  return `postgresql://${part('PGUSER', 'apisnoop')}${password}@${host}/${part('PGDATABASE', 'apisnoop')}`;
}
