import type { PoolClient } from 'pg';
import type { LiveBounds } from './bounds.ts';

const batchRows = 2000;

/** Removes old hashes of bodies from the ledger, a few thousand at a time, until `isNeeded` returns true. */
export async function trimLedger(
  client: PoolClient,
  bounds: LiveBounds,
  isNeeded: () => boolean,
  signal?: AbortSignal,
): Promise<void> {
  let removed = batchRows;
  while (removed === batchRows && !isNeeded()) {
    signal?.throwIfAborted();
    const batch = await client.query(
      `delete from testing.body_ledger
        where ctid = any (array(
          select ctid from testing.body_ledger where stored_at < now() - make_interval(secs => $1) order by stored_at limit ${batchRows}))`,
      [bounds.ledgerAgeMs / 1000],
    );
    removed = batch.rowCount ?? 0;
  }
}

/** Removes the oldest rejected events beyond a bound, a few thousand at a time. */
export async function trimRejections(client: PoolClient, bounds: LiveBounds, signal?: AbortSignal): Promise<void> {
  const found = await client.query<{ last: string | null }>(
    // The newest event beyond a bound. Sizes are those of the bytes as sent.
    `select max(id) as last
       from (select id, rejected_at, row_number() over newest_first as place, sum(octet_length(raw)) over newest_first as bytes
               from testing.held_rejection
             window newest_first as (order by id desc)) as held
      where place > $1 or bytes > $2 or rejected_at < now() - make_interval(secs => $3)`,
    [bounds.maxRejectedRows, bounds.maxRejectedBytes, bounds.maxAgeMs / 1000],
  );
  const last = found.rows[0]?.last;
  if (last == null) return;
  // Their hits stay, and checkDatabase() must not report them as unproven.
  await client.query('update testing.live_upkeep set rejections_until = now()');
  let removed = batchRows;
  while (removed === batchRows) {
    signal?.throwIfAborted();
    const batch = await client.query(
      `delete from testing.held_rejection
        where id in (select id from testing.held_rejection where id <= $1 order by id limit ${batchRows})`,
      [last],
    );
    removed = batch.rowCount ?? 0;
  }
}
