import { defaultLiveBounds, type LiveBounds, readDatabaseAddress, toError } from '@snoop/snoopdb';
import { defineCommand, type Given, parseCommand, SnoopError, wrongUse } from '@snoop/snoopdb/command-line';
import { checkExposure } from './exposure.ts';
import { type Address, flags } from './flags.ts';
import { page } from './page.ts';
import { version } from './version.ts';

/** What the auditlogger needs to know; flags beat the environment, the environment beats the defaults. */
export interface Config {
  readonly listen: Address;
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
  readonly metricsListen: Address | null;
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

/** What the configuration is made from beside the flags. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Whether people read the log, which decides about its format when nothing else does. */
  readonly isTerminal: boolean;
}

const command = defineCommand({ name: 'auditlogger', ...page, flags, version, run: createConfig });

/**
 * Reads flags and environment; the only reader of `process.env` in this package.
 * @returns the text of `--help` or `--version` when that was asked for
 * @throws SnoopError `wrong_use` with a sentence that says what is wrong and what is right
 */
export function readConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  isTerminal: boolean = process.stdout.isTTY === true,
): Config | string {
  const asked = parseCommand(command, argv, env);
  return typeof asked === 'string' ? asked : asked({ env, isTerminal });
}

function createConfig({ flags: given, named }: Given<typeof flags>, { env, isTerminal }: Surroundings): Config {
  if (named.includes('spoolMaxBytes') && given.spool === undefined) {
    throw wrongUse('--spool-max-bytes says how large the spool may become, and there is none: name it with --spool.');
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
  const there =
    certFile !== undefined ? '--tls-cert-file' : keyFile !== undefined ? '--tls-key-file' : '--client-ca-file';
  throw wrongUse(
    `TLS needs a certificate and its key: there is ${there}, and ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing.`,
  );
}

function readDatabaseUrl(text: string | undefined, env: NodeJS.ProcessEnv): string {
  try {
    // An empty address is all of the variables, which are named when one of them is wrong.
    readDatabaseAddress(text ?? 'postgresql://', env).tls.readOptions();
    return text ?? urlOfPgVariables(env);
  } catch (cause) {
    throw new SnoopError('wrong_use', toError(cause).message, { exitCode: 2, cause });
  }
}

/** The habits of psql: `PGUSER=apisnoop PGHOST=localhost`. */
function urlOfPgVariables(env: NodeJS.ProcessEnv): string {
  const part = (name: string, otherwise: string): string => encodeURIComponent(env[name] || otherwise);
  const password = env.PGPASSWORD ? `:${part('PGPASSWORD', '')}` : '';
  const host = `${part('PGHOST', 'localhost')}:${part('PGPORT', '5432')}`;
  return `postgresql://${part('PGUSER', 'apisnoop')}${password}@${host}/${part('PGDATABASE', 'apisnoop')}`;
}
