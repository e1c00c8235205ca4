import pg from 'pg';
import type { Pool, PoolClient } from 'pg';
import { SnoopDbError, toError } from './errors.ts';

export type { Pool, PoolClient } from 'pg';

export interface PoolOptions {
  /** Shown in pg_stat_activity, so that a person sees who holds a connection. */
  applicationName?: string;
  /** Connections at most; 10 unless told. */
  max?: number;
  /** How long a connection may take to be made, in milliseconds; 5000 unless told. */
  connectTimeoutMs?: number;
}

/**
 * Opens a pool of connections. Nothing is connected before the first query.
 * An idle connection that the server ends is dropped without a word: `pg` would otherwise end the process.
 */
export function openPool(url: string, options: PoolOptions = {}): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName ?? 'snoopdb',
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
    keepAlive: true,
  });
  pool.on('error', () => {
    // The pool has removed that connection already; the next query makes a new one.
  });
  return pool;
}

/**
 * Runs `work` on one connection of its own and gives the connection back afterwards.
 * A connection that broke on the way is closed and never handed to anyone else.
 */
export async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    if (isDatabaseAway(error)) broken ??= toError(error);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * Runs `work` inside one transaction.
 * @throws SnoopDbError `commit_failed` when the server answers COMMIT with a rollback: it does so, without an error,
 *   for a transaction that failed before.
 */
export function withTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return withClient(pool, (client) => transact(client, () => work(client)));
}

/** As {@link withTransaction}, on a connection that somebody holds already. */
export async function transact<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  let result: T;
  try {
    result = await work();
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

/**
 * Whether an error means that the database could not be reached or is going away, so that trying again later may help:
 * refused or lost connections, a server that starts or stops (SQLSTATE 57P0x), class 08, too many connections (53300).
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error === null || typeof error !== 'object') return false;
  if (error instanceof SnoopDbError) return error.code === 'database_away';
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (awaySocketCodes.has(code)) return true;
  // A Unix socket that is not there; any other missing file is no database.
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return true;
  if (/^(57P0[1-5]|08...|53300)$/.test(code)) return true;
  return code === '' && error instanceof Error && awayWords.test(error.message);
}
