import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { compareReleases, isSameMinor } from '../release.ts';
import { publishedSource } from '../releases/published-hits.ts';
import { type AskedRelease, listLoadedReleases } from './asked-release.ts';

/** An endpoint, and the tests with a name that hit it. */
export interface ProvenEndpoint {
  readonly endpoint: string;
  /** null: unknown. */
  readonly method: string | null;
  readonly path: string | null;
  readonly tested: boolean;
  readonly confTested: boolean;
  readonly tests: readonly string[];
}

/** Where the hits of a loaded release come from. */
export interface ProvenSource {
  readonly source: string;
  /** Whether it is a coverage file; then its runs are known, but not when they hit what. */
  readonly isPublished: boolean;
  readonly runs: readonly string[];
  /** YYYY-MM-DD, of a coverage file. */
  readonly releaseDate: string | null;
  readonly lastHit: Date | null;
}

/** Hits in a cluster, now. */
export interface LiveProvenEndpoint extends ProvenEndpoint {
  readonly source: string;
  /** The cluster's version; null: unknown. */
  readonly release: string | null;
  /** When the last of these hits was first seen. */
  readonly lastHit: Date;
}

export interface ProvenHits {
  /** The loaded release of the same minor with coverage: the same one, else the newest; null: there is none. */
  readonly loaded: {
    readonly release: AskedRelease;
    /** All that are not deprecated, hit or not. */
    readonly endpoints: readonly ProvenEndpoint[];
    readonly sources: readonly ProvenSource[];
  } | null;
  readonly live: readonly LiveProvenEndpoint[];
}

/**
 * Reads what e2e tests hit: in test runs of a release, and in live clusters of any release.
 *
 * @param release X.Y.Z; null: live clusters only
 * @param options.withLiveTests whether live tests count, too
 */
export async function askProvenHits(
  pool: Pool,
  release: string | null,
  { withLiveTests }: { withLiveTests: boolean },
): Promise<ProvenHits> {
  const live = await pool.query<Omit<LiveProvenEndpoint, 'tested'>>(readQuerySql('gate-live-hits'), [withLiveTests]);
  return {
    loaded: release === null ? null : await readLoaded(pool, release),
    live: live.rows.map((row) => ({ ...row, tested: true })),
  };
}

async function readLoaded(pool: Pool, wanted: string): Promise<ProvenHits['loaded']> {
  const covered = (await listLoadedReleases(pool)).filter(
    ({ release, coverageOrigin }) => coverageOrigin !== null && isSameMinor(release, wanted),
  );
  const [newest] = covered.sort((a, b) => compareReleases(b.release, a.release));
  const release = covered.find((one) => one.release === wanted) ?? newest;
  if (release === undefined) return null;
  const endpoints = await pool.query<ProvenEndpoint>(readQuerySql('gate-release-hits'), [release.release]);
  const sources = await pool.query<ProvenSource>(readQuerySql('gate-release-sources'), [
    release.release,
    publishedSource,
  ]);
  return { release, endpoints: endpoints.rows, sources: sources.rows };
}
