import type { Pool } from 'pg';
import { compareReleases, splitRelease } from '../release.ts';

/** Since which release an endpoint has been there, at the level it has. */
export interface FirstRelease {
  /** X.Y.Z; null when that cannot be told from what is loaded. */
  readonly release: string | null;
  /** Why not, in a few words; null when it is known. */
  readonly unknown: string | null;
}

/**
 * Since when has an endpoint been at this level? For stable ones by conformance.first_stable_release. Otherwise by the
 * releases that are loaded, but only where the minor release before the first of them is among these.
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
  // Of stable ones the view has the last word: what it does not know is not guessed here.
  if (level !== 'stable' && before !== undefined && isMinorBefore(before.release, first.release)) {
    return { release: first.release, unknown: null };
  }
  const unknown =
    before === undefined
      ? `it is there in ${first.release}, the oldest release loaded`
      : `it came after ${before.release}, with ${first.release} at the latest; those between are not loaded`;
  return { release: null, unknown };
}

function isMinorBefore(before: string, release: string): boolean {
  const [one, next] = [splitRelease(before), splitRelease(release)];
  return one.major === next.major && next.minor - one.minor <= 1;
}
