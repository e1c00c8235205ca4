// pgpass has no types; the reference is for checkers that read only this file.
/// <reference path="./pgpass.d.ts" />
import pg, { type ClientConfig, type Pool, type PoolClient, type QueryResult } from 'pg';
import pgpass from 'pgpass';
import { SnoopDbError, toError } from '../errors.ts';
import { readDatabaseAddress } from './address.ts';
import { NegotiatedConnection } from './negotiated-connection.ts';
import type { TlsPlan } from './tls-plan.ts';

export type { Pool, PoolClient } from 'pg';

/** A pool or a connection. */
export type Queryable = Pick<Pool | PoolClient, 'query'>;

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /** Maximum number of connections, default 10. */
  max?: number;
  /** Timeout for a new connection in milliseconds, default 5000. */
  connectTimeoutMs?: number;
}

/**
 * Reads the password file, since `pg`'s own support is deprecated. The option `connection` is missing in the types of `pg`.
 */
class Client extends pg.Client {
  constructor(config: ClientConfig, tls: TlsPlan) {
    super(Object.assign({}, config, { connection: new NegotiatedConnection(tls) }));
    // Neither the address nor PGPASSWORD has one. Only the pool's types allow a function here.
    if (!this.password) Object.assign(this, { password: (from: PgpassConnection) => this.findPassword(from) });
  }

  private async findPassword(from: PgpassConnection): Promise<string> {
    const found = await new Promise<string | undefined>((resolve) => pgpass(from, resolve));
    if (found !== undefined) return found;
    // `pg` would leave the connection open. The server waits a minute for the login, and blocks DROP DATABASE meanwhile.
    void this.end();
    throw new Error('The database requires a password. Set it in the URL, in PGPASSWORD or in the password file.');
  }
}

type PgpassConnection = Parameters<typeof pgpass>[0];

/**
 * Opens a pool of connections, which connects with the first query. Idle connections that the server closes are dropped
 * silently.
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
    // The pool has already removed the connection; the next query opens a new one.
  });
  // A connection that broke during a write may still have unread errors of the server. They are read after its release,
  // when neither its user nor the pool has a listener, and an unhandled 'error' event would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

/** Opens a pool for `work` and closes it afterwards. @throws SnoopDbError `bad_database_url` */
export async function withPool<T>(url: string, options: PoolOptions, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, options);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * Runs `work` on one connection and releases it afterwards. A broken connection is closed, not reused.
 * @param signal closes the connection at once, even during a statement, and throws its reason
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
    // Releasing with an error closes the connection at once, even during a statement.
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
  /** First statements of the transaction, each with a name for its result; sent together with BEGIN. */
  begin?: Readonly<Record<Name, string>>;
}

/** Results of statements, by name. */
export type Answers<Name extends string> = Record<Name, QueryResult>;

/**
 * Runs `work` in one transaction.
 * @param work receives the connection and the results of the statements in `begin`
 * @throws SnoopDbError `commit_failed` if the server answers COMMIT with a rollback, which it does without an error if
 *   the transaction failed earlier
 */
export function withTransaction<T, Name extends string = never>(
  pool: Pool,
  work: (client: PoolClient, answers: Answers<Name>) => Promise<T>,
  { signal, begin }: TransactionOptions<Name> = {},
): Promise<T> {
  return withClient(pool, (client) => transact(client, (answers) => work(client, answers), begin), signal);
}

/** Like {@link withTransaction}, on a given connection. */
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
      `The database answered COMMIT with ${committed.command}, so nothing was stored. Try again.`,
    );
  }
  return result;
}

async function beginTransaction<Name extends string>(
  client: PoolClient,
  begin: Readonly<Record<Name, string>>,
): Promise<Answers<Name>> {
  const statements = ['begin', ...Object.values<string>(begin)];
  // Several statements in one query return a list of results.
  const answered: QueryResult | QueryResult[] = await client.query(statements.join('; '));
  const [, ...answers] = Array.isArray(answered) ? answered : [answered];
  return Object.fromEntries(Object.keys(begin).map((name, at) => [name, answers[at]])) as Answers<Name>;
}

/** Rolls back a transaction; does nothing if its connection is closed. */
export async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('rollback');
  } catch {
    // The connection is closed, and the transaction with it. The caller reports the first error.
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
// Errors of `pg` itself have no code.
const awayMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after/i;

/** Why the database cannot store anything at the moment. */
export interface DatabaseProblem {
  /** Without addresses, roles or file names, so that it may be shown to anyone. */
  readonly kind: string;
  /** With the message of the error. */
  readonly detail: string;
}

/**
 * Why the database cannot store anything at the moment; null if the error has another cause.
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function findDatabaseProblem(error: unknown): DatabaseProblem | null {
  const message = describeError(error);
  if (error instanceof SnoopDbError && error.code === 'stalled') {
    return { kind: 'the database does not answer in time', detail: message };
  }
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === '53100') return { kind: "the database's disk is full", detail: `its disk is full (${message})` };
  if (code === '25006') return { kind: 'the database is read-only', detail: `it is read-only (${message})` };
  if (code === '42P01' || code === '3F000' || code === '42883') {
    return { kind: "the database's schema is missing", detail: `its schema is missing (${message})` };
  }
  if (code === '42501') {
    return { kind: 'the database does not let the auditlogger write', detail: `this role may not write (${message})` };
  }
  return isDatabaseAway(error) ? { kind: 'the database cannot be reached', detail: message } : null;
}

/** The detail of {@link findDatabaseProblem}. */
export function explainDatabaseProblem(error: unknown): string | null {
  return findDatabaseProblem(error)?.detail ?? null;
}

/** The message of an error. Node's error for a name with several addresses has its messages in `errors`. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(describeError))].join(', ');
  return toError(error).message;
}

/**
 * Whether the database is unreachable or shutting down, so that a retry may help: refused or lost connections, a server
 * that starts or stops (SQLSTATE 57P0x), class 08, too many connections (53300).
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error === null || typeof error !== 'object') return false;
  if (error instanceof SnoopDbError) return error.code === 'database_away' || error.code === 'tls_failed';
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (awaySocketCodes.has(code)) return true;
  // A missing Unix socket; other missing files have another cause.
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return true;
  if (/^(57P0[1-5]|08...|53300)$/.test(code)) return true;
  return code === '' && error instanceof Error && awayMessages.test(error.message);
}
