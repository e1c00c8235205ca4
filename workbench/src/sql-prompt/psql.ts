import { runInTerminal } from '@snoop/snoopdb';

/**
 * Runs psql in the terminal. The address goes into the environment, since every user can read a command line.
 *
 * @returns 0; 3 when psql fails
 */
export async function runPsql(
  psql: string,
  args: readonly string[],
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { PGSERVICE: _service, PGHOSTADDR: _hostaddr, ...inherited } = env;
  const psqlEnv = { ...inherited, ...describeAddress(url), PGAPPNAME: 'snoop db psql' };
  const restoreListeners = ignoreInterrupts();
  try {
    return (await runInTerminal(psql, args, { env: psqlEnv })) === 0 ? 0 : 3;
  } finally {
    restoreListeners();
  }
}

/** Converts a PostgreSQL URL to libpq's environment variables. */
export function describeAddress(url: string): Record<string, string> {
  // URL does not parse a user without a host (the socket's folder is a parameter).
  const readable = url.replace(/^([^/]*\/\/[^/?#]*@)(?=[/?#]|$)/, '$1localhost');
  const { hostname, port, username, password, pathname, searchParams } = new URL(readable);
  const names: Record<string, string> = {
    host: 'PGHOST',
    port: 'PGPORT',
    user: 'PGUSER',
    password: 'PGPASSWORD',
    dbname: 'PGDATABASE',
    sslmode: 'PGSSLMODE',
    sslrootcert: 'PGSSLROOTCERT',
    sslcert: 'PGSSLCERT',
    sslkey: 'PGSSLKEY',
    options: 'PGOPTIONS',
    connect_timeout: 'PGCONNECT_TIMEOUT',
  };
  const found: Record<string, string> = {};
  const put = (name: string, value: string): void => {
    const variable = names[name];
    if (variable !== undefined && value !== '') found[variable] = value;
  };
  put('host', decodeURIComponent(hostname.replace(/^\[(.*)\]$/, '$1')));
  put('port', port);
  put('user', decodeURIComponent(username));
  put('password', decodeURIComponent(password));
  put('dbname', decodeURIComponent(pathname.slice(1)));
  for (const [name, value] of searchParams) put(name, value);
  return found;
}

/** On Ctrl-C psql cancels its statement, and this program must outlive psql. Returns a function that restores the listeners. */
function ignoreInterrupts(): () => void {
  const before = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  return () => {
    process.off('SIGINT', ignore);
    for (const listener of before) process.on('SIGINT', listener);
  };
}
