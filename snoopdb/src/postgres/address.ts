import { SnoopDbError } from '../errors.ts';
import { planTls, type TlsPlan, tlsParameters } from './tls-plan.ts';

/** Address of a database, read from a URL and the environment. */
export interface DatabaseAddress {
  /** The URL without TLS parameters, which `pg` interprets differently from libpq. */
  readonly url: string;
  /** Name, IP address, or folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: TlsPlan;
}

const example = 'postgresql://user:password@host:5432/database';

const missingHost = 'missing.invalid';

/** Parameters that select another server than the rest of the URL; ignoring them would connect to the wrong one. */
const unsupported: Readonly<Record<string, string>> = {
  hostaddr: 'Use the address as the host',
  service: 'Write the settings of the service into the URL',
};

/**
 * Reads the URL of a database; missing parts come from the environment variables of psql. No other function of this
 * package reads `process.env`; `pg` itself reads PGUSER, PGPASSWORD and others.
 *
 * @throws SnoopDbError `bad_database_url`; the message does not contain the URL, which may have a password
 */
export function readDatabaseAddress(text: string, env: NodeJS.ProcessEnv = process.env): DatabaseAddress {
  const url = parse(text);
  const parameter = (name: string): string | null => url.searchParams.get(name) || null;
  for (const [name, advice] of Object.entries(unsupported)) {
    if (parameter(name) !== null)
      throw refuse(`The parameter ${name} of the database URL is not supported. ${advice}.`);
  }
  const inAuthority = url.hostname === missingHost ? '' : decode(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const named = parameter('host') ?? inAuthority;
  const host = named || env.PGHOST || 'localhost';
  if (host.includes(',')) throw refuseHosts(named ? 'The database URL' : 'PGHOST');
  const path = decode(url.pathname.slice(1));
  const user = parameter('user') ?? decode(url.username);
  return {
    url: withoutTls(text),
    host,
    port: readPort(parameter('port') ?? url.port, env),
    database: path || env.PGDATABASE || user || env.PGUSER || '',
    tls: planTls({ parameter, env, overSocket: host.startsWith('/') }),
  };
}

function parse(text: string): URL {
  if (/^\s*[a-z_]+\s*=/i.test(text)) {
    throw refuse(`Connection keywords (host=… port=…) are not supported. Use a URL: ${example}.`);
  }
  const [, authority] = /^postgres(?:ql)?:\/\/([^/?#]*)/i.exec(text) ?? [];
  if (authority === undefined) throw refuse(`The database URL must look like ${example}.`);
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  if (hosts.includes(',')) throw refuseHosts('The database URL');
  const port = /:([^\]]*)$/.exec(hosts)?.[1];
  if (port !== undefined && port !== '') checkPort(port, 'The database URL');
  // libpq accepts a user without a host; URL does not.
  const readable = authority !== '' && hosts === '' ? text.replace(authority, `${authority}${missingHost}`) : text;
  if (!URL.canParse(readable))
    throw refuse(`The database URL must look like ${example}. Escape special characters, such as @ as %40.`);
  try {
    decodeURIComponent(readable);
  } catch (cause) {
    throw refuse('The database URL has a % that starts no escaped character. Write a literal % as %25.', cause);
  }
  return new URL(readable);
}

function readPort(named: string, env: NodeJS.ProcessEnv): number {
  if (named !== '') return checkPort(named, 'The database URL');
  return env.PGPORT ? checkPort(env.PGPORT, 'PGPORT') : 5432;
}

function checkPort(text: string, where: string): number {
  if (text.includes(',')) throw refuseHosts(where);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw refuse(`${where} has the port '${text}'. Use a number from 1 to 65535.`);
}

function refuseHosts(where: string): SnoopDbError {
  return refuse(`${where} has several hosts, which is not supported. Use the one that accepts writes.`);
}

function refuse(message: string, cause?: unknown): SnoopDbError {
  return new SnoopDbError('bad_database_url', message, { cause });
}

function decode(text: string): string {
  return decodeURIComponent(text);
}

function withoutTls(text: string): string {
  const at = text.indexOf('?');
  if (at === -1) return text;
  const kept = text
    .slice(at + 1)
    .split('&')
    .filter((pair) => !tlsParameters.has(pair.split('=', 1)[0] ?? ''));
  return [text.slice(0, at), ...(kept.length === 0 ? [] : [kept.join('&')])].join('?');
}
