import { askArrivedEvents, openPool, toError } from '@snoop/snoopdb';

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
  const pool = openPool(databaseUrl, { applicationName: 'snoop status', max: 1, connectTimeoutMs: patienceMs });
  try {
    const { lastAt, ...arrived } = await askArrivedEvents(pool, source, patienceMs);
    return { known: true, ...arrived, lastAt: lastAt?.toISOString() ?? null };
  } catch (error) {
    return { known: false, why: toError(error).message };
  } finally {
    await pool.end();
  }
}
