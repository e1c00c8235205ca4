import { SnoopDbError } from '../errors.ts';
import { planTls, type TlsPlan, tlsParameters } from './tls-plan.ts';

/** Where a database is and how it is reached, as a person named it. */
export interface DatabaseAddress {
  /** The URL without what is said about TLS, for `pg`, which means something else by it. */
  readonly url: string;
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: TlsPlan;
}

const example = 'postgresql://user:password@host:5432/database';

const missingHost = 'missing.invalid';

/** Parameters that lead to another server than the rest of the URL; passing over them would ask the wrong one. */
const unsupported: Readonly<Record<string, string>> = {
  hostaddr: 'name the address as the host',
  service: 'write out what the service file says',
};

/**
 * Reads the URL of a database, and for what it leaves out the variables that psql reads. This function is the only
 * reader of `process.env` in this package; `pg` reads PGUSER, PGPASSWORD and the like by itself.
 *
 * @throws SnoopDbError `bad_database_url` with a sentence that does not repeat the URL: it may hold a password
 */
export function readDatabaseAddress(text: string, env: NodeJS.ProcessEnv = process.env): DatabaseAddress {
  const url = parse(text);
  const parameter = (name: string): string | null => url.searchParams.get(name) || null;
  for (const [name, way] of Object.entries(unsupported)) {
    if (parameter(name) !== null)
      throw refuse(`The database URL has the parameter ${name}, which is not supported: ${way}.`);
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
    throw refuse(`The database is named by keywords (host=… port=…), which are not supported: write ${example}.`);
  }
  const [, authority] = /^postgres(?:ql)?:\/\/([^/?#]*)/i.exec(text) ?? [];
  if (authority === undefined) throw refuse(`The database URL must look like ${example}.`);
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  if (hosts.includes(',')) throw refuseHosts('The database URL');
  const port = /:([^\]]*)$/.exec(hosts)?.[1];
  if (port !== undefined && port !== '') checkPort(port, 'The database URL');
  // A user without a host is right for libpq and wrong for URL.
  const readable = authority !== '' && hosts === '' ? text.replace(authority, `${authority}${missingHost}`) : text;
  if (!URL.canParse(readable))
    throw refuse(`The database URL must look like ${example}; other characters in a part are written as %40 for @.`);
  try {
    decodeURIComponent(readable);
  } catch (cause) {
    throw refuse('The database URL has a % that begins no character: write a % of its own as %25.', cause);
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
  throw refuse(`${where} has the port '${text}': a port is a number from 1 to 65535.`);
}

function refuseHosts(where: string): SnoopDbError {
  return refuse(`${where} names several hosts, which is not supported: name the one that takes writes.`);
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
