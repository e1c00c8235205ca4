import { askArrivedEvents, readLiveFill, toError, withPool } from '@snoop/snoopdb';
import type { LiveFill, Pool } from '@snoop/snoopdb';

/** The number of a cluster's audit events in SnoopDB. */
export type EventsArrived =
  | {
      readonly known: true;
      readonly count: number;
      /** Counting took too long: the number is an estimate for all clusters. */
      readonly estimated: boolean;
      readonly lastAt: string | null;
      readonly lastAgeSeconds: number | null;
      /** How full the live table is, for all clusters; null: that took too long. */
      readonly fill: LiveFill | null;
    }
  | { readonly known: false; readonly why: string };

const timeoutMs = 2000;

/** Counts the events of a source and finds its last one. Takes a few seconds at most. */
export async function countEvents(databaseUrl: string, source: string): Promise<EventsArrived> {
  const options = { applicationName: 'snoop status', max: 1, connectTimeoutMs: timeoutMs };
  try {
    return await withPool(databaseUrl, options, (pool) => countEventsIn(pool, source));
  } catch (error) {
    return { known: false, why: toError(error).message };
  }
}

/** Like {@link countEvents}, with an open pool. */
export async function countEventsIn(pool: Pool, source: string): Promise<EventsArrived> {
  try {
    const { lastAt, ...arrived } = await askArrivedEvents(pool, source, timeoutMs);
    return { known: true, ...arrived, lastAt: lastAt?.toISOString() ?? null, fill: await readFill(pool) };
  } catch (error) {
    return { known: false, why: toError(error).message };
  }
}

async function readFill(pool: Pool): Promise<LiveFill | null> {
  await pool.query(`set statement_timeout = ${timeoutMs}`);
  return readLiveFill(pool).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === '57014') return null;
    throw error;
  });
}
