import type { Pool } from 'pg';
import { followBaseline } from '../clusters/live-names.ts';
import { SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { isSameMinor, normalizeRelease, pickNearestRelease } from '../release.ts';
import { replaceSnapshot } from './baseline.ts';
import { ensureHistory } from './history.ts';
import { listShippedReleases, readShippedSnapshot, unpackSnapshot } from './shipped-snapshot.ts';
import { analyzeReleases } from './statistics.ts';

/** The release that live work is compared with. */
export interface Baseline {
  /** X.Y.Z */
  release: string;
  /** YYYY-MM-DD; null while in development. */
  releaseDate: string | null;
  /** The origin of the data, for people. */
  origin: string;
  /** Why the data is incomplete, in a sentence; null if it is complete. */
  incomplete: string | null;
  /** Endpoints that are not deprecated. */
  endpoints: number;
  /** Of these, tested by e2e tests. */
  tested: number;
  /** Of these, those of which the coverage cannot tell if tests hit them. */
  unknown: number;
}

export interface ComparedBaseline extends Baseline {
  /** Whether the minor release is the cluster's. */
  exact: boolean;
}

/**
 * Makes the release nearest to a cluster's version the baseline, of those whose coverage is loaded and those that ship
 * with the program. Compares minor numbers; of two equally near releases it picks the older. Loads the shipped history, and the shipped
 * data if it is missing or of another version.
 * @param clusterVersion for example `1.36.3`
 * @throws SnoopDbError `bad_release`
 */
export async function useNearestBaseline(pool: Pool, clusterVersion: string): Promise<ComparedBaseline> {
  const version = normalizeRelease(clusterVersion);
  const shipped = await listShippedReleases();
  await withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    await ensureHistory(client);
    const loaded = await client.query<{ release: string; digest: string | null; covered: boolean }>(
      `select release, digest, exists (select from public.covered_release as covered where covered.release = data.release) as covered
         from public.release_data as data`,
    );
    const known = new Map(loaded.rows.map((row) => [row.release, row.digest]));
    const covered = loaded.rows.filter((row) => row.covered).map((row) => row.release);
    // An OpenAPI document that a user loaded is not replaced by shipped data of the same release.
    const untouched = shipped.filter((one) => known.get(one) !== null);
    const release = pickNearestRelease(version, [...new Set([...untouched, ...covered])]);
    if (release === null) {
      throw new SnoopDbError(
        'no_baseline',
        'No release with coverage is loaded, and this program ships without data. Load one: snoop load baseline --url URL.',
      );
    }
    let isLoaded = false;
    // User's data has no digest, and stays.
    if (shipped.includes(release) && known.get(release) !== null) {
      const snapshot = await readShippedSnapshot(release);
      if (known.get(release) !== snapshot.digest) {
        await replaceSnapshot(client, unpackSnapshot(snapshot.bytes), snapshot.digest);
        isLoaded = true;
      }
    }
    await client.query(
      `insert into public.baseline (release) values ($1)
       on conflict (only_row) do update set release = excluded.release, chosen_at = now()
         where baseline.release <> excluded.release`,
      [release],
    );
    await followBaseline(client);
    if (isLoaded) await analyzeReleases(client);
  });
  const baseline = await readBaseline(pool);
  if (!baseline) throw new SnoopDbError('no_baseline', 'The baseline was removed while it was being read. Try again.');
  return { ...baseline, exact: isSameMinor(baseline.release, version) };
}

/**
 * Makes a release the baseline in use.
 * @throws SnoopDbError `bad_release`; `unknown_release` if its coverage is not loaded
 */
export async function useBaseline(pool: Pool, release: string): Promise<void> {
  const wanted = normalizeRelease(release);
  const isCovered = await withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    const chosen = await client.query(
      `insert into public.baseline (release)
       select release from public.covered_release where release = $1
       on conflict (only_row) do update set release = excluded.release, chosen_at = now()`,
      [wanted],
    );
    await followBaseline(client);
    return chosen.rowCount !== 0;
  });
  if (!isCovered) {
    throw new SnoopDbError(
      'unknown_release',
      `No coverage of ${wanted} is loaded. Load it first: 'snoop load coverage FILE', or 'snoop load audit FILE' with the events of its tests.`,
    );
  }
}

/** The baseline in use. If none was chosen, the newest published release with coverage; null if there is none. */
export async function readBaseline(pool: Pool): Promise<Baseline | null> {
  const found = await pool.query<Baseline>(
    `select release, to_char(release_date, 'YYYY-MM-DD') as "releaseDate", origin, incomplete,
            count(coverage.endpoint)::integer as endpoints,
            (count(*) filter (where coverage.tested))::integer as tested,
            count(coverage.unknown)::integer as unknown
       from public.release_data left join public.endpoint_coverage as coverage using (release)
      where release = (select public.baseline_release())
      group by release, release_data.release_date, origin, incomplete`,
  );
  return found.rows[0] ?? null;
}
