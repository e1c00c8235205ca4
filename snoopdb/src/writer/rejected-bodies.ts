import type { Pool } from 'pg';
import { withTransaction } from '../postgres/database.ts';
import { lockRejectedBodiesExclusive } from '../postgres/locks.ts';
import { makeStorable } from '../storable-text.ts';

/** A body that is no list of audit events, or has too many that cannot be stored. */
export interface RejectedBody {
  source: string;
  sha256: Buffer;
  /** Its first bytes; 1,024 of them are kept. */
  start: Buffer;
  /** Its size. */
  bytes: number;
  /** What the sender was told. */
  reason: string;
  /** How often it came since it was saved last. */
  seen: number;
}

const keptBytes = 1024;
const keptBodies = 1000;

/** Keeps bodies for a look in testing.rejected_body: one row a hash, those that were seen last, a thousand at most. */
export async function saveRejectedBodies(pool: Pool, bodies: readonly RejectedBody[]): Promise<void> {
  if (bodies.length === 0) return;
  await withTransaction(
    pool,
    async (client) => {
      await client.query(
        `insert into testing.rejected_body as held (sha256, source, reason, start, bytes, seen)
         select * from unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::bigint[], $6::bigint[])
           as given (sha256, source, reason, start, bytes, seen)
         on conflict (sha256) do update
           set source = excluded.source, reason = excluded.reason, seen = held.seen + excluded.seen, last_seen_at = now()`,
        [
          bodies.map(({ sha256 }) => sha256),
          bodies.map(({ source }) => source),
          bodies.map(({ reason }) => makeStorable(reason)),
          bodies.map(({ start }) => start.subarray(0, keptBytes)),
          bodies.map(({ bytes }) => bytes),
          bodies.map(({ seen }) => seen),
        ],
      );
      await client.query(
        `delete from testing.rejected_body where sha256 in
           (select sha256 from testing.rejected_body order by last_seen_at desc, sha256 offset ${keptBodies})`,
      );
    },
    { begin: { lock: lockRejectedBodiesExclusive() } },
  );
}
