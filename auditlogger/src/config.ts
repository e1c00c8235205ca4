import { defaultLiveBounds, type LiveBounds, readDatabaseAddress, toError } from '@snoop/snoopdb';
import { defineCommand, type Given, parseCommand, SnoopError, wrongUse } from '@snoop/snoopdb/command-line';
import { checkExposure } from './exposure.ts';
import { type Address, flags } from './flags.ts';
import { page } from './page.ts';
import { version } from './version.ts';

/** The configuration: flags override the environment, the environment overrides the defaults. */
export interface Config {
  readonly listen: Address;
  readonly databaseUrl: string;
  /** The source of events that are posted to `/events` itself. */
  readonly source: string;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'text';
  /** Bounds of the live table. */
  readonly liveBounds: LiveBounds;
  /** null: plain HTTP. */
  readonly tls: TlsFiles | null;
  /** The file with the bearer tokens of senders. */
  readonly tokenFile: string | null;
  /** The file with the bearer token for full details on `/readyz`. */
  readonly statusTokenFile: string | null;
  /** Where `/metrics` is served; null: on the same address as the events. */
  readonly metricsListen: Address | null;
  /** Accept unauthenticated senders on addresses that other machines can reach. */
  readonly insecure: boolean;
  /** Where bodies are kept while the database is unavailable; null: they are refused. */
  readonly spool: { readonly folder: string; readonly maxBytes: number } | null;
  readonly limits: Limits;
  /** How long bodies are still accepted after SIGTERM while a sender is connected. */
  readonly shutdownDelayMs: number;
}

/** PEM files. */
export interface TlsFiles {
  /** The server's certificate and its intermediate CAs. */
  readonly certFile: string;
  readonly keyFile: string;
  /** CAs of client certificates; null: no client certificates. */
  readonly clientCaFile: string | null;
}

export interface Limits {
  /** The largest body, decoded. */
  readonly bodyBytes: number;
  /** All bodies in flight together; one larger body at a time is allowed in addition. */
  readonly queueBytes: number;
  readonly connections: number;
}

interface ProcessContext {
  readonly env: NodeJS.ProcessEnv;
  /** Decides the default log format. */
  readonly isTerminal: boolean;
}

const command = defineCommand({ name: 'auditlogger', ...page, flags, version, run: createConfig });

/**
 * Reads flags and environment; the only reader of `process.env` in this package.
 * @returns the text of `--help` or `--version` when requested
 * @throws SnoopError `wrong_use`
 */
export function readConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  isTerminal: boolean = process.stdout.isTTY === true,
): Config | string {
  const parsed = parseCommand(command, argv, env);
  return typeof parsed === 'string' ? parsed : parsed({ env, isTerminal });
}

function createConfig({ flags: given, named }: Given<typeof flags>, { env, isTerminal }: ProcessContext): Config {
  if (named.includes('spoolMaxBytes') && given.spool === undefined) {
    throw wrongUse('--spool-max-bytes needs a spool. Set its folder with --spool.');
  }
  const config: Config = {
    listen: given.listen,
    databaseUrl: readDatabaseUrl(given.databaseUrl, env),
    source: given.source,
    logLevel: given.logLevel,
    logFormat: given.logFormat ?? (isTerminal ? 'text' : 'json'),
    liveBounds: {
      ...defaultLiveBounds,
      maxRows: given.liveMaxRows,
      maxBytes: given.liveMaxBytes,
      maxAgeMs: given.liveMaxAge,
      maxSources: given.maxSources,
      maxHits: given.maxHits,
    },
    tls: readTls(given),
    tokenFile: given.tokenFile ?? null,
    statusTokenFile: given.statusTokenFile ?? null,
    metricsListen: given.metricsListen ?? null,
    insecure: given.insecure,
    spool: given.spool === undefined ? null : { folder: given.spool, maxBytes: given.spoolMaxBytes },
    limits: {
      bodyBytes: given.maxBodyBytes,
      queueBytes: given.maxQueueBytes,
      connections: given.maxConnections,
    },
    shutdownDelayMs: given.shutdownDelay ?? 0,
  };
  checkExposure(config);
  return config;
}

function readTls(given: Given<typeof flags>['flags']): TlsFiles | null {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, clientCaFile } = given;
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile, clientCaFile: clientCaFile ?? null };
  if (certFile === undefined && keyFile === undefined && clientCaFile === undefined) return null;
  const missing = [
    ...(certFile === undefined ? ['--tls-cert-file'] : []),
    ...(keyFile === undefined ? ['--tls-key-file'] : []),
  ];
  const present =
    certFile !== undefined ? '--tls-cert-file' : keyFile !== undefined ? '--tls-key-file' : '--client-ca-file';
  throw wrongUse(
    `TLS needs a certificate and its key: ${present} is set, but ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing.`,
  );
}

function readDatabaseUrl(text: string | undefined, env: NodeJS.ProcessEnv): string {
  try {
    // Without a URL all PG* variables are read, and an error names the wrong one.
    readDatabaseAddress(text ?? 'postgresql://', env).tls.readOptions();
    return text ?? buildUrlFromPgVariables(env);
  } catch (cause) {
    throw new SnoopError('wrong_use', toError(cause).message, { exitCode: 2, cause });
  }
}

/** From `PGUSER`, `PGHOST` and so on, with psql's meaning. */
function buildUrlFromPgVariables(env: NodeJS.ProcessEnv): string {
  const part = (name: string, otherwise: string): string => encodeURIComponent(env[name] || otherwise);
  const password = env.PGPASSWORD ? `:${part('PGPASSWORD', '')}` : '';
  const host = `${part('PGHOST', 'localhost')}:${part('PGPORT', '5432')}`;
  return `postgresql://${part('PGUSER', 'apisnoop')}${password}@${host}/${part('PGDATABASE', 'apisnoop')}`;
}
