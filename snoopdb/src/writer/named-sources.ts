import { SnoopDbError } from '../errors.ts';
import type { PoolClient } from '../postgres/database.ts';
import { lockNamedSourcesExclusive } from '../postgres/locks.ts';

/**
 * Records within the client's transaction that a sender named a source.
 * @param limit of such sources in the database
 * @throws SnoopDbError `too_many_sources` if the limit is reached and the source is new
 */
export async function recordNamedSource(client: PoolClient, source: string, limit: number): Promise<void> {
  if (await isRecorded(client, source)) return;
  // Until the end of the transaction, so that the others count it.
  await client.query(lockNamedSourcesExclusive());
  const noted = await client.query(
    `insert into testing.named_source (source)
     select $1 where (select count(*) from testing.named_source) < $2 on conflict do nothing`,
    [source, limit],
  );
  if (noted.rowCount === 0 && !(await isRecorded(client, source))) throw createTooManySourcesError(source, limit);
}

export function createTooManySourcesError(source: string, limit: number): SnoopDbError {
  return new SnoopDbError(
    'too_many_sources',
    `Senders have named ${limit} sources, which is the limit, and '${source}' is a new one`,
  );
}

async function isRecorded(client: PoolClient, source: string): Promise<boolean> {
  const found = await client.query('select from testing.named_source where source = $1', [source]);
  return found.rowCount === 1;
}
