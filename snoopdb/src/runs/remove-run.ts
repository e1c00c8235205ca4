import type { Pool } from 'pg';
import { resetLive } from '../live-table/reset.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';

/**
 * Removes a run. One that ran here is removed with its live events and the hits that only they prove, as by
 * {@link resetLive}; an imported one has neither.
 * @param id the id of an existing run
 */
export async function removeRun(pool: Pool, id: string, options: { signal?: AbortSignal } = {}): Promise<void> {
  const removed = await withTransaction(pool, async (client) => {
    await client.query(lockHitsExclusive());
    const deleted = await client.query('delete from testing.run where id = $1 and imported_at is not null', [id]);
    await client.query(readQuerySql('remove-unused-sources'));
    return deleted.rowCount !== 0;
  });
  if (!removed) await resetLive(pool, { run: id }, options);
}
