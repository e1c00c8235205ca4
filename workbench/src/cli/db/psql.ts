import { spawn } from 'node:child_process';
import { parseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { findProgram } from '../../find-program.ts';
import { databaseOptions, withDatabase } from './open.ts';

const options = { ...databaseOptions, command: { type: 'string', short: 'c', multiple: true } } as const;

/** psql on the database in use, or our own prompt where there is none. @returns 0: it went well; 3: psql says it did not */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const at = args.indexOf('--');
  const own = at < 0 ? args : args.slice(0, at);
  const handedOn = at < 0 ? [] : args.slice(at + 1);
  const { values } = parseFlags('db', own, options);
  const commands = values.command ?? [];
  return withDatabase(context, values, { user: 'snoop db psql' }, async ({ pool, url }) => {
    const psql = findProgram('psql', context.environment.path);
    if (psql !== null) {
      return runPsql(psql, [...commands.flatMap((sql) => ['-c', sql]), ...handedOn], url, context);
    }
    if (handedOn.length > 0) {
      context.progress.say(`There is no psql on the PATH, and the prompt of snoop takes no '${handedOn.join(' ')}'.`);
      return 3;
    }
    const { runPrompt } = await import('../../sql-prompt/prompt.ts');
    return runPrompt(pool, commands, context);
  });
}

/** Everybody may read a command line, so the address goes by the environment. */
function runPsql(psql: string, args: readonly string[], url: string, context: Context): Promise<number> {
  const { PGSERVICE: _service, PGHOSTADDR: _hostaddr, ...inherited } = context.environment.forPrograms;
  const env = { ...inherited, ...describeAddress(url), PGAPPNAME: 'snoop db psql' };
  const giveBack = leaveSignalsToChild();
  return new Promise<number>((resolve, reject) => {
    const child = spawn(psql, args, { stdio: 'inherit', env });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode === 0 ? 0 : 3));
  }).finally(giveBack);
}

/** The parts of a PostgreSQL URL under the names that libpq knows. */
export function describeAddress(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
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

/** Ctrl-C on a terminal reaches psql as well, which cancels a statement by it; this program has to outlive psql. */
function leaveSignalsToChild(): () => void {
  const before = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  return () => {
    process.off('SIGINT', ignore);
    for (const listener of before) process.on('SIGINT', listener);
  };
}
