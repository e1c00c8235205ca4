import type { Pool } from 'pg';
import { compareReleases } from '../release.ts';
import { type AskedRelease, listLoadedReleases } from './asked-release.ts';

/** What one release brought, and how far the conformance coverage was with it. */
export interface ReleaseProgress {
  readonly release: string;
  /** Eligible endpoints that became stable in it. */
  readonly newEndpoints: number;
  /** Conformance tests that were promoted in it. */
  readonly newTests: number;
  /** New endpoints whose earliest test was promoted in the same release. */
  readonly newTested: number;
  /** New endpoints whose earliest test is older. */
  readonly testedByOld: number;
  /** Endpoints of earlier releases whose earliest test was promoted in this one. */
  readonly oldTested: number;
  /** Eligible endpoints that were stable by then, and those of them that had a test by then. */
  readonly total: number;
  readonly totalTested: number;
  /** The debt with that release: eligible endpoints without a test. */
  readonly debt: number;
  /** New endpoints that no conformance test hits to this day. */
  readonly stillUntested: number;
  /** Whether endpoints and coverage of this release are loaded; otherwise its line comes from the history alone. */
  readonly loaded: boolean;
}

export interface ProgressAnswer {
  /** The release as of which it is told; null: none is in use. */
  readonly baseline: AskedRelease | null;
  /** Where the history comes from, and the newest release it knows; null: none is loaded. */
  readonly history: { readonly origin: string; readonly newestRelease: string } | null;
  /** The newest last. */
  readonly releases: ReleaseProgress[];
  /** Those of them whose coverage is not loaded. */
  readonly notLoaded: string[];
}

/** How did conformance coverage grow from release to release? By the view conformance.progress. */
export async function askProgress(pool: Pool): Promise<ProgressAnswer> {
  const loaded = await listLoadedReleases(pool);
  const known = new Set(loaded.filter((one) => one.coverageOrigin !== null).map((one) => one.release));
  const [progress, history] = await Promise.all([
    pool.query<Omit<ReleaseProgress, 'loaded' | 'debt'>>(
      `select release, new_endpoints::integer as "newEndpoints", new_tests::integer as "newTests",
              new_endpoints_covered_by_new_tests::integer as "newTested",
              new_endpoints_covered_by_old_tests::integer as "testedByOld",
              old_endpoints_covered_by_new_tests::integer as "oldTested",
              total_endpoints::integer as total, total_tested_endpoints::integer as "totalTested",
              endpoints_still_untested_today::integer as "stillUntested"
         from conformance.progress`,
    ),
    pool.query<{ origin: string; newestRelease: string }>(
      'select origin, newest_release as "newestRelease" from conformance.history_data',
    ),
  ]);
  const releases = progress.rows
    .map((row) => ({ ...row, debt: row.total - row.totalTested, loaded: known.has(row.release) }))
    .sort((a, b) => compareReleases(a.release, b.release));
  return {
    baseline: loaded.find((one) => one.isBaseline) ?? null,
    history: history.rows[0] ?? null,
    releases,
    notLoaded: releases.filter((one) => !one.loaded).map((one) => one.release),
  };
}
