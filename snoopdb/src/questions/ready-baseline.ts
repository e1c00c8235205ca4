import type { Pool } from 'pg';
import { loadBaseline } from '../releases/baseline.ts';
import { loadHistory } from '../releases/history.ts';
import { listShippedReleases } from '../releases/shipped-snapshot.ts';

/**
 * Makes sure that there is a baseline to ask about: a database without any release gets the newest one that ships with
 * this program, and the shipped history where it has none. What somebody has loaded is never replaced.
 *
 * @returns the release that was loaded; null when there was a release already, or none ships
 */
export async function readyBaseline(pool: Pool): Promise<string | null> {
  const found = await pool.query<{ release: boolean; history: boolean }>(
    'select exists (select from public.release_data) as release, exists (select from conformance.history_data) as history',
  );
  // Whoever may only read can ask of what is there.
  if (found.rows[0]?.history !== true) await loadHistory(pool);
  if (found.rows[0]?.release === true) return null;
  const newest = (await listShippedReleases()).at(-1);
  if (newest === undefined) return null;
  await loadBaseline(pool, newest);
  return newest;
}
