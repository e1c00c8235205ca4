import type { Pool } from 'pg';
import { compareReleases, splitRelease } from '../release.ts';

/** The first release in which an endpoint has its current level. */
export interface FirstRelease {
  /** X.Y.Z; null: unknown from the loaded data. */
  readonly release: string | null;
  /** Why it is unknown; null: it is known. */
  readonly unknown: string | null;
}

/**
 * Finds the first release in which an endpoint has this level: from conformance.first_stable_release if it is stable, else
 * from the loaded releases, if the previous minor release is among them.
 */
export async function askFirstRelease(pool: Pool, endpoint: string, level: string): Promise<FirstRelease> {
  const found = await pool.query<{ release: string; has: boolean; stableSince: string | null }>(
    `select release, bool_or(endpoint = $1 and level = $2) as has,
            (select first.release from conformance.first_stable_release as first
              where first.endpoint = $1 and $2 = 'stable') as "stableSince"
       from public.open_api group by release`,
    [endpoint, level],
  );
  const known = found.rows[0]?.stableSince ?? null;
  if (known !== null) return { release: known, unknown: null };
  const loaded = found.rows.sort((a, b) => compareReleases(a.release, b.release));
  const at = loaded.findIndex(({ has }) => has);
  const first = loaded[at];
  if (first === undefined) return { release: null, unknown: 'it is in no release that is loaded' };
  const before = loaded[at - 1];
  // For stable endpoints the view decides: what it does not have is not guessed here.
  if (level !== 'stable' && before !== undefined && isMinorBefore(before.release, first.release)) {
    return { release: first.release, unknown: null };
  }
  const unknown =
    before === undefined
      ? `it exists in ${first.release}, the oldest loaded release`
      : `it was added after ${before.release}, in ${first.release} at the latest; the releases between are not loaded`;
  return { release: null, unknown };
}

function isMinorBefore(before: string, release: string): boolean {
  const [one, next] = [splitRelease(before), splitRelease(release)];
  return one.major === next.major && next.minor - one.minor <= 1;
}
