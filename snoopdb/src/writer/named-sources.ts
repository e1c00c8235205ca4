import { SnoopDbError } from '../errors.ts';
import type { PoolClient } from '../postgres/database.ts';
import { lockNamedSourcesExclusive } from '../postgres/locks.ts';

/**
 * Notes within the client's transaction that a sender named a source; it counts when that is committed.
 * @param limit such sources in the database at most
 * @throws SnoopDbError `too_many_sources` when there are as many already, and this is none of them
 */
export async function noteNamedSource(client: PoolClient, source: string, limit: number): Promise<void> {
  if (await isNoted(client, source)) return;
  // Held until the end of the transaction: others count it, or it did not come to be.
  await client.query(lockNamedSourcesExclusive());
  const noted = await client.query(
    `insert into testing.named_source (source)
     select $1 where (select count(*) from testing.named_source) < $2 on conflict do nothing`,
    [source, limit],
  );
  if (noted.rowCount === 0 && !(await isNoted(client, source))) throw tooManySources(source, limit);
}

export function tooManySources(source: string, limit: number): SnoopDbError {
  return new SnoopDbError(
    'too_many_sources',
    `Senders have named ${limit} sources, which is the limit, and '${source}' is none of them`,
  );
}

async function isNoted(client: PoolClient, source: string): Promise<boolean> {
  const found = await client.query('select from testing.named_source where source = $1', [source]);
  return found.rowCount === 1;
}
