import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { SnoopDbError } from '../errors.ts';
import { explainSystemError } from '../system-error.ts';

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** Values of `sslmode`; see https://www.postgresql.org/docs/current/libpq-ssl.html. */
export type TlsMode = (typeof modes)[number];

/** How to connect: the attempts, with TLS or plain, in order. */
export interface TlsPlan {
  readonly mode: TlsMode;
  readonly attempts: readonly ('plain' | 'tls')[];
  /** Whether the handshake starts at once, without a TLS request. */
  readonly direct: boolean;
  /**
   * Reads certificates and keys, for each connection, since they may be renewed. Empty if no attempt uses TLS.
   *
   * @throws SnoopDbError `bad_database_url` if a file is missing or cannot be read
   */
  readOptions(): ConnectionOptions;
}

/** TLS parameters of a URL, which `pg` interprets differently from libpq. */
export const tlsParameters: ReadonlySet<string> = new Set([
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslnegotiation',
  'uselibpqcompat',
]);

const attempts: Readonly<Record<TlsMode, TlsPlan['attempts']>> = {
  disable: ['plain'],
  allow: ['plain', 'tls'],
  prefer: ['tls', 'plain'],
  require: ['tls'],
  'verify-ca': ['tls'],
  'verify-full': ['tls'],
};

/**
 * Reads TLS settings as libpq does, from parameters, environment variables and the files in `~/.postgresql`.
 *
 * @param given.overSocket whether it is a Unix socket, which never uses TLS
 * @throws SnoopDbError `bad_database_url`
 */
export function planTls(given: {
  readonly parameter: (name: string) => string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly overSocket: boolean;
}): TlsPlan {
  const { parameter, env, overSocket } = given;
  const setting = (name: string): string | null => parameter(name) ?? (env[`PG${name.toUpperCase()}`] || null);
  const rootCert = setting('sslrootcert');
  const mode = readMode(parameter, env) ?? (rootCert === 'system' ? 'verify-full' : 'prefer');
  if (rootCert === 'system' && mode !== 'verify-full') {
    throw refuse(`sslrootcert=system needs sslmode=verify-full, not ${mode}.`);
  }
  const direct = readNegotiation(setting('sslnegotiation')) === 'direct';
  if (direct && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw refuse(`sslnegotiation=direct needs sslmode=require or a stronger one, not ${mode}.`);
  }
  const files = {
    mode,
    rootCert,
    cert: setting('sslcert'),
    key: setting('sslkey'),
    password: parameter('sslpassword'),
  };
  const tried = overSocket ? (['plain'] as const) : attempts[mode];
  return {
    mode,
    attempts: tried,
    direct: direct && !overSocket,
    readOptions: () => (tried.includes('tls') ? readOptions(files) : {}),
  };
}

function readMode(parameter: (name: string) => string | null, env: NodeJS.ProcessEnv): TlsMode | null {
  const named = parameter('sslmode');
  if (named !== null) return checkMode(named, 'sslmode in the database URL');
  const ssl = parameter('ssl');
  if (ssl !== null) {
    // A JDBC parameter that libpq accepts too.
    if (ssl === 'true') return 'require';
    throw refuse(`The database URL has the parameter ssl. Use sslmode, one of: ${modes.join(', ')}.`);
  }
  return env.PGSSLMODE ? checkMode(env.PGSSLMODE, 'PGSSLMODE') : null;
}

function checkMode(text: string, where: string): TlsMode {
  const mode = modes.find((one) => one === text);
  if (mode !== undefined) return mode;
  throw refuse(`${where} is '${text}'. Use one of: ${modes.join(', ')}.`);
}

function readNegotiation(text: string | null): string {
  if (text === null || text === 'postgres' || text === 'direct') return text ?? 'postgres';
  throw refuse(`sslnegotiation is '${text}'. Use postgres or direct.`);
}

interface TlsFiles {
  readonly mode: TlsMode;
  readonly rootCert: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly password: string | null;
}

function readOptions({ mode, rootCert, cert, key, password }: TlsFiles): ConnectionOptions {
  const verifies = mode === 'verify-ca' || mode === 'verify-full';
  const ca = rootCert === 'system' ? null : findFile(rootCert, 'root.crt');
  if (verifies && ca === null && rootCert !== 'system') {
    const missing = join(homedir(), '.postgresql', 'root.crt');
    throw refuse(
      `sslmode=${mode} needs the certificate of the server's CA, but ${missing} does not exist. Set sslrootcert to the file, or to system for a public CA.`,
    );
  }
  const certificate = findFile(cert, 'postgresql.crt');
  const privateKey = certificate === null ? null : (findFile(key, 'postgresql.key') ?? undefined);
  if (privateKey === undefined) throw refuse(`The certificate ${certificate} has no key. Set sslkey to its file.`);
  return {
    // Like libpq, verify the certificate if a CA is configured, even if the mode does not require it.
    rejectUnauthorized: verifies || ca !== null,
    ...(ca !== null && { ca: readPem(ca, 'sslrootcert') }),
    ...(certificate !== null && { cert: readPem(certificate, 'sslcert') }),
    ...(privateKey !== null && { key: readPem(privateKey, 'sslkey') }),
    ...(password !== null && { passphrase: password }),
    // Only verify-full checks the server's name.
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function findFile(named: string | null, byDefault: string): string | null {
  if (named !== null) return named;
  const file = join(homedir(), '.postgresql', byDefault);
  return existsSync(file) ? file : null;
}

function readPem(file: string, parameter: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw refuse(`The file ${file} cannot be read (${parameter}): ${explainSystemError(error)}.`, error);
  }
}

function refuse(message: string, cause?: unknown): SnoopDbError {
  return new SnoopDbError('bad_database_url', message, { cause });
}
