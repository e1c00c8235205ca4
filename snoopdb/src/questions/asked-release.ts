import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { compareReleases, normalizeRelease } from '../release.ts';
import { publishedSource } from '../releases/published-hits.ts';
import { listShippedReleases } from '../releases/shipped-snapshot.ts';

/** The release of a query, with the origin and completeness of its data. */
export interface AskedRelease {
  /** X.Y.Z */
  readonly release: string;
  /** YYYY-MM-DD; null while in development. */
  readonly releaseDate: string | null;
  /** Where the endpoints come from, for display. */
  readonly origin: string;
  /** Where the coverage comes from; null: none is loaded. */
  readonly coverageOrigin: string | null;
  /** Why the coverage is incomplete, as a sentence; null: it is complete. */
  readonly incomplete: string | null;
  /** Whether it is the baseline in use. */
  readonly isBaseline: boolean;
}

/** Lists all loaded releases, newest first. */
export async function listLoadedReleases(pool: Pool): Promise<AskedRelease[]> {
  const found = await pool.query<AskedRelease & { sources: string[] }>(
    `select release, to_char(release_date, 'YYYY-MM-DD') as "releaseDate", origin, incomplete,
            coverage_origin as "coverageOrigin", coalesce(hit.sources, '{}') as sources,
            release is not distinct from public.baseline_release() as "isBaseline"
       from public.release_data
       left join (
         select release, array_agg(source order by source collate "C") as sources
           from (select distinct release, source from public.endpoint_hit where test_hit) as named
          group by release
       ) as hit using (release)`,
  );
  return found.rows
    .map(({ sources, ...release }) => ({ ...release, coverageOrigin: describeOrigin(release.coverageOrigin, sources) }))
    .sort((a, b) => compareReleases(b.release, a.release));
}

/** Describes the origin of coverage: published coverage, sources of audit events, or both. */
function describeOrigin(published: string | null, sources: readonly string[]): string | null {
  if (published === null) return sources.join(', ') || null;
  const [first, ...others] = sources.filter((source) => source !== publishedSource);
  if (first === undefined) return published;
  return `${published} and ${others.length === 0 ? first : `${others.length + 1} sources of audit events`}`;
}

/**
 * Finds the release of a query. For several queries, find it once and pass it to each.
 *
 * @param wanted such as `1.36`, or a release found before; undefined: the baseline in use
 * @param needs `coverage`: the release must have coverage, else all its figures would be zero
 * @throws SnoopDbError `no_baseline` if `wanted` is undefined and there is no baseline; `unknown_release` if it is not
 *   loaded; `no_coverage` if it has none; `bad_release`
 */
export async function findAskedRelease(
  pool: Pool,
  wanted: string | AskedRelease | undefined,
  needs: 'endpoints' | 'coverage',
): Promise<AskedRelease> {
  if (typeof wanted === 'object') return requireCoverage(wanted, needs);
  return pickAskedRelease(await listLoadedReleases(pool), wanted, needs);
}

/** Like {@link findAskedRelease}, among the results of {@link listLoadedReleases}. */
export async function pickAskedRelease(
  loaded: readonly AskedRelease[],
  wanted: string | undefined,
  needs: 'endpoints' | 'coverage',
): Promise<AskedRelease> {
  const release = wanted === undefined ? null : normalizeRelease(wanted);
  const found = loaded.find((one) => (release === null ? one.isBaseline : one.release === release));
  if (found === undefined && release === null) {
    throw new SnoopDbError(
      'no_baseline',
      `No release with coverage is loaded. 'snoop load baseline' loads one of ${await formatShippedReleases()}.`,
    );
  }
  if (found === undefined) {
    const names = loaded.map((one) => one.release).join(', ') || 'none';
    throw new SnoopDbError(
      'unknown_release',
      `Release ${release} is not loaded (loaded: ${names}). ${await describeHowToLoad(release ?? '')}`,
    );
  }
  return requireCoverage(found, needs);
}

async function requireCoverage(found: AskedRelease, needs: 'endpoints' | 'coverage'): Promise<AskedRelease> {
  if (needs === 'endpoints' || found.coverageOrigin !== null) return found;
  throw new SnoopDbError(
    'no_coverage',
    `Release ${found.release} has only endpoints loaded, no coverage, so it is unknown what its tests hit. ` +
      (await describeHowToLoad(found.release)),
  );
}

async function describeHowToLoad(release: string): Promise<string> {
  const file = `'snoop load coverage FILE --release ${release}' loads a published coverage file`;
  const shipped = await listShippedReleases();
  if (shipped.includes(release)) return `'snoop load baseline ${release}' loads what ships with this program; ${file}.`;
  return `${file}; these ship with this program: ${await formatShippedReleases()}.`;
}

async function formatShippedReleases(): Promise<string> {
  return (await listShippedReleases()).sort(compareReleases).join(', ') || 'none';
}
