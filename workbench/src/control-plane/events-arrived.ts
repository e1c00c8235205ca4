import type { Pool } from '@snoop/snoopdb';
import { readMessage } from './error-text.ts';

/** How many audit events of a cluster SnoopDB holds. */
export type EventsArrived =
  | {
      readonly known: true;
      readonly count: number;
      /** Counting took too long: the number is PostgreSQL's estimate, of all clusters. */
      readonly estimated: boolean;
      readonly lastAt: string | null;
      readonly lastAgeSeconds: number | null;
    }
  | { readonly known: false; readonly why: string };

const patienceMs = 2000;

/** Asks SnoopDB how many events came from a source, and when the last one did. It never takes longer than a few seconds. */
export async function countEvents(databaseUrl: string, source: string): Promise<EventsArrived> {
  const { openPool } = await import('@snoop/snoopdb');
  const pool = openPool(databaseUrl, { applicationName: 'snoop status', max: 1, connectTimeoutMs: patienceMs });
  try {
    const counted = await count(pool, source);
    const { rows } = await pool.query<{ last_at: string | null; age: number | null }>(
      `select to_char(ingested_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_at,
              extract(epoch from (now() at time zone 'utc') - ingested_at)::float8 as age
         from (select ingested_at from testing.audit_event where source = $1 order by id desc limit 1) as newest`,
      [source],
    );
    return { known: true, ...counted, lastAt: rows[0]?.last_at ?? null, lastAgeSeconds: rows[0]?.age ?? null };
  } catch (error) {
    return { known: false, why: readMessage(error) };
  } finally {
    await pool.end();
  }
}

async function count(pool: Pool, source: string): Promise<{ count: number; estimated: boolean }> {
  await pool.query(`set statement_timeout = ${patienceMs}`);
  try {
    const { rows } = await pool.query<{ count: string }>('select count(*) from testing.audit_event where source = $1', [
      source,
    ]);
    return { count: Number(rows[0]?.count ?? 0), estimated: false };
  } catch (error) {
    const cancelled = error instanceof Error && 'code' in error && error.code === '57014';
    if (!cancelled) throw error;
    const { rows } = await pool.query<{ estimate: string }>(
      `select greatest(reltuples, 0)::bigint as estimate from pg_class where oid = 'testing.audit_event'::regclass`,
    );
    return { count: Number(rows[0]?.estimate ?? 0), estimated: true };
  }
}
