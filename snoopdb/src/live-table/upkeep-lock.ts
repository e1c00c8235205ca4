import type { Pool, PoolClient } from 'pg';
import { withClient } from '../postgres/database.ts';
import { upkeepExclusive } from '../postgres/locks.ts';

const upkeep = upkeepExclusive();

/**
 * Runs `work` under the upkeep lock of the live table, on its own connection.
 * @param ifBusy `skip`: do nothing if another process holds the lock; `wait`: wait for it
 * @returns null if it was skipped
 */
export async function withUpkeepLock<T>(
  pool: Pool,
  ifBusy: 'skip' | 'wait',
  signal: AbortSignal | undefined,
  work: (client: PoolClient) => Promise<T>,
): Promise<T | null> {
  signal?.throwIfAborted();
  return withClient(pool, (client) =>
    withCancel(pool, client, signal, async () => {
      if (ifBusy === 'wait') await client.query(upkeep.lock);
      else {
        const taken = await client.query<{ taken: boolean }>(upkeep.tryLock);
        if (!taken.rows[0]?.taken) return null;
      }
      try {
        return await work(client);
      } finally {
        // A broken connection has also released the lock.
        await client.query(upkeep.unlock).catch(() => {});
      }
    }),
  );
}

/** Cancels the running statement when the signal is aborted, even while it waits for a lock. */
async function withCancel<T>(
  pool: Pool,
  client: PoolClient,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!signal) return work();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const cancel = (): void => {
    pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => {});
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
