import type { Pool } from 'pg';
import { withTransaction } from '../postgres/database.ts';
import { lockRejectedBodiesExclusive } from '../postgres/locks.ts';
import { toStorableText } from '../storable-text.ts';

/** A body that is not a list of audit events, or has too many that cannot be stored. */
export interface RejectedBody {
  source: string;
  sha256: Buffer;
  /** Its first bytes; 1,024 of them are stored. */
  start: Buffer;
  /** Size. */
  bytes: number;
  /** As reported to the sender. */
  reason: string;
  /** How often it was received since it was saved last. */
  seen: number;
}

const maxStartBytes = 1024;
const maxBodies = 1000;

/** Saves rejected bodies in testing.rejected_body: one row per hash, the thousand that were seen last. */
export async function saveRejectedBodies(pool: Pool, bodies: readonly RejectedBody[]): Promise<void> {
  if (bodies.length === 0) return;
  await withTransaction(
    pool,
    async (client) => {
      await client.query(
        `insert into testing.rejected_body as saved (sha256, source, reason, start, bytes, seen)
         select * from unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::bigint[], $6::bigint[])
           as given (sha256, source, reason, start, bytes, seen)
         on conflict (sha256) do update
           set source = excluded.source, reason = excluded.reason, seen = saved.seen + excluded.seen, last_seen_at = now()`,
        [
          bodies.map(({ sha256 }) => sha256),
          bodies.map(({ source }) => source),
          bodies.map(({ reason }) => toStorableText(reason)),
          bodies.map(({ start }) => start.subarray(0, maxStartBytes)),
          bodies.map(({ bytes }) => bytes),
          bodies.map(({ seen }) => seen),
        ],
      );
      await client.query(
        `delete from testing.rejected_body where sha256 in
           (select sha256 from testing.rejected_body order by last_seen_at desc, sha256 offset ${maxBodies})`,
      );
    },
    { begin: { lock: lockRejectedBodiesExclusive() } },
  );
}
