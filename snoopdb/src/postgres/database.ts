// The package has no types of its own; whoever checks only this file wants them too.
/// <reference path="./pgpass.d.ts" />
import pg, { type ClientConfig, type Pool, type PoolClient, type QueryResult } from 'pg';
import pgpass from 'pgpass';
import { SnoopDbError, toError } from '../errors.ts';
import { readDatabaseAddress } from './address.ts';
import { NegotiatedConnection } from './negotiated-connection.ts';
import type { TlsPlan } from './tls-plan.ts';

export type { Pool, PoolClient } from 'pg';

/** Where a statement can be sent: a pool, or one connection. */
export type Queryable = Pick<Pool | PoolClient, 'query'>;

export interface PoolOptions {
  /** Shown in pg_stat_activity, so that a person sees who holds a connection. */
  applicationName?: string;
  /** Connections at most; 10 unless told. */
  max?: number;
  /** How long a connection may take to be made, in milliseconds; 5000 unless told. */
  connectTimeoutMs?: number;
}

/**
 * `pg` still reads the password file, and complains about it; from its next version on it leaves it to those who use it.
 * Its `connection` is in no type.
 */
class Client extends pg.Client {
  constructor(config: ClientConfig, tls: TlsPlan) {
    super(Object.assign({}, config, { connection: new NegotiatedConnection(tls) }));
    // Neither the address nor PGPASSWORD has one. That it may be a function is in the pool's types only.
    if (!this.password) Object.assign(this, { password: (from: PgpassConnection) => this.findPassword(from) });
  }

  private async findPassword(from: PgpassConnection): Promise<string> {
    const found = await new Promise<string | undefined>((resolve) => pgpass(from, resolve));
    if (found !== undefined) return found;
    // `pg` would leave the connection open: the server waits a minute for the login, and DROP DATABASE waits for that.
    void this.end();
    throw new Error('The database asks for a password; its address, PGPASSWORD and the password file have none.');
  }
}

type PgpassConnection = Parameters<typeof pgpass>[0];

/**
 * Opens a pool of connections. Nothing is connected before the first query.
 * A connection that the server ends while no statement is under way on it is dropped without a word.
 *
 * @throws SnoopDbError `bad_database_url`
 */
export function openPool(url: string, options: PoolOptions = {}): Pool {
  const { url: connectionString, tls } = readDatabaseAddress(url);
  class PoolsClient extends Client {
    constructor(config?: string | ClientConfig) {
      super(typeof config === 'object' ? config : {}, tls);
    }
  }
  const pool = new pg.Pool({
    Client: PoolsClient,
    connectionString,
    ssl: tls.attempts.includes('tls'),
    application_name: options.applicationName ?? 'snoopdb',
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
  });
  pool.on('error', () => {
    // The pool has removed that connection already; the next query makes a new one.
  });
  // One that broke while it was written to may still have the server's last words in it. They are read after it was
  // given back, when neither its holder nor the pool listens any more, and `pg` would end the process for them.
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

/** Opens a pool of connections for `work`, and closes it again. @throws SnoopDbError `bad_database_url` */
export async function withPool<T>(url: string, options: PoolOptions, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, options);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * Runs `work` on one connection of its own and gives the connection back afterwards.
 * A connection that broke on the way is closed and never handed to anyone else.
 * @param signal when it is aborted the connection is cut, whatever the server is doing, and its reason thrown
 */
export async function withClient<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await (signal ? Promise.race([work(client), rejectWhenAborted(signal)]) : work(client));
  } catch (error) {
    if (signal?.aborted || isDatabaseAway(error)) broken ??= toError(error);
    throw error;
  } finally {
    client.off('error', onError);
    // A connection that is given back as broken is cut at once when a statement is still under way.
    client.release(broken);
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

export interface TransactionOptions<Name extends string> {
  /** As for {@link withClient}. */
  signal?: AbortSignal;
  /** The statements it begins with, by a name for their answers; they are sent in one go. */
  begin?: Readonly<Record<Name, string>>;
}

/** What statements answered, by their names. */
export type Answers<Name extends string> = Record<Name, QueryResult>;

/**
 * Runs `work` inside one transaction.
 * @param work is also given what the statements it begins with answered
 * @throws SnoopDbError `commit_failed` when the server answers COMMIT with a rollback: it does so, without an error,
 *   for a transaction that failed before.
 */
export function withTransaction<T, Name extends string = never>(
  pool: Pool,
  work: (client: PoolClient, answers: Answers<Name>) => Promise<T>,
  { signal, begin }: TransactionOptions<Name> = {},
): Promise<T> {
  return withClient(pool, (client) => transact(client, (answers) => work(client, answers), begin), signal);
}

/** As {@link withTransaction}, on a connection that somebody holds already. */
export async function transact<T, Name extends string = never>(
  client: PoolClient,
  work: (answers: Answers<Name>) => Promise<T>,
  begin: Readonly<Record<Name, string>> = {} as Record<Name, string>,
): Promise<T> {
  let result: T;
  try {
    result = await work(await beginTransaction(client, begin));
  } catch (error) {
    await rollBack(client);
    throw error;
  }
  const committed = await client.query('commit');
  if (committed.command !== 'COMMIT') {
    throw new SnoopDbError(
      'commit_failed',
      `The database answered COMMIT with ${committed.command}: nothing was stored. Try again.`,
    );
  }
  return result;
}

async function beginTransaction<Name extends string>(
  client: PoolClient,
  begin: Readonly<Record<Name, string>>,
): Promise<Answers<Name>> {
  const statements = ['begin', ...Object.values<string>(begin)];
  // Several statements at once are answered with a list.
  const answered: QueryResult | QueryResult[] = await client.query(statements.join('; '));
  const [, ...answers] = Array.isArray(answered) ? answered : [answered];
  return Object.fromEntries(Object.keys(begin).map((name, at) => [name, answers[at]])) as Answers<Name>;
}

/** Takes back what a transaction did, also when its connection is gone. */
export async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('rollback');
  } catch {
    // The connection is gone, and with it the transaction; the first error is the one to tell.
  }
}

const awaySocketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);
// Words of pg itself, which gives its own errors no code.
const awayWords =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after/i;

/** Why the database can take nothing at the moment. */
export interface DatabaseProblem {
  /** Its kind: without addresses, roles or names of files, so that anybody may read it. */
  readonly kind: string;
  /** In full. */
  readonly detail: string;
}

/**
 * Why the database can take nothing at the moment, whatever it is given; null when the error is about something else.
 * The codes are listed in PostgreSQL's documentation, appendix "PostgreSQL Error Codes".
 */
export function findDatabaseProblem(error: unknown): DatabaseProblem | null {
  const said = describeError(error);
  if (error instanceof SnoopDbError && error.code === 'stalled') {
    return { kind: 'the database does not answer in time', detail: said };
  }
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === '53100') return { kind: "the database's disk is full", detail: `its disk is full (${said})` };
  if (code === '25006') return { kind: 'the database is read-only', detail: `it is read-only (${said})` };
  if (code === '42P01' || code === '3F000' || code === '42883') {
    return { kind: "the database's schema is missing", detail: `its schema is missing (${said})` };
  }
  if (code === '42501') {
    return { kind: 'the database does not let the auditlogger write', detail: `this role may not write (${said})` };
  }
  return isDatabaseAway(error) ? { kind: 'the database cannot be reached', detail: said } : null;
}

/** The same, in full only. */
export function explainDatabaseProblem(error: unknown): string | null {
  return findDatabaseProblem(error)?.detail ?? null;
}

/** What went wrong, in words. Where a name has several addresses, Node's own error has none: they are in its parts. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(describeError))].join(', ');
  return toError(error).message;
}

/**
 * Whether an error means that the database could not be reached or is going away, so that trying again later may help:
 * refused or lost connections, a server that starts or stops (SQLSTATE 57P0x), class 08, too many connections (53300).
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error === null || typeof error !== 'object') return false;
  if (error instanceof SnoopDbError) return error.code === 'database_away' || error.code === 'tls_failed';
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (awaySocketCodes.has(code)) return true;
  // A Unix socket that is not there; any other missing file is no database.
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return true;
  if (/^(57P0[1-5]|08...|53300)$/.test(code)) return true;
  return code === '' && error instanceof Error && awayWords.test(error.message);
}
