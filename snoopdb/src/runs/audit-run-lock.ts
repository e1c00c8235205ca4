import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { withClient } from '../postgres/database.ts';
import { auditRunExclusive } from '../postgres/locks.ts';

/**
 * Runs `work` while no other audit run of the cluster does, in any process. If the connection is lost, so is the lock, and
 * `work` continues.
 *
 * @param cluster identifies it
 * @throws SnoopDbError `other_audit_run`
 */
export async function withAuditRunLock<T>(pool: Pool, cluster: string, work: () => Promise<T>): Promise<T> {
  const lock = auditRunExclusive(cluster);
  return withClient(pool, async (client) => {
    const { rows } = await client.query<{ taken: boolean }>(lock.tryLock);
    if (!rows[0]?.taken) {
      throw new SnoopDbError(
        'other_audit_run',
        'Another audit run of this cluster is not finished: the requests of two at a time cannot be told apart. Wait for its end.',
      );
    }
    try {
      return await work();
    } finally {
      // A broken connection has also released the lock.
      await client.query(lock.unlock).catch(() => {});
    }
  });
}
