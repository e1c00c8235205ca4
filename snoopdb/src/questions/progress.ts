import type { Pool } from 'pg';
import { compareReleases } from '../release.ts';
import { type AskedRelease, listLoadedReleases } from './asked-release.ts';

/** Conformance progress in one release. */
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
  /** Eligible endpoints that were stable in this release, and those of them with a test by this release. */
  readonly total: number;
  readonly totalTested: number;
  /** Eligible endpoints without a test in this release. */
  readonly debt: number;
  /** New endpoints without a conformance test today. */
  readonly stillUntested: number;
  /** Eligible endpoints that became stable in it and whose coverage is unknown; no other figure counts them. */
  readonly unknown: number;
  /** Whether endpoints and coverage of this release are loaded; false: only the history has it. */
  readonly loaded: boolean;
}

export interface ProgressAnswer {
  /** The baseline in use; null: none. */
  readonly baseline: AskedRelease | null;
  /** Origin and newest release of the history; null: none is loaded. */
  readonly history: { readonly origin: string; readonly newestRelease: string } | null;
  /** Oldest first. */
  readonly releases: ReleaseProgress[];
  /** Releases whose coverage is not loaded. */
  readonly notLoaded: string[];
}

/** Reads the growth of conformance coverage by release, from the view conformance.progress. */
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
              endpoints_still_untested_today::integer as "stillUntested", unknown_endpoints::integer as unknown
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

/** An eligible endpoint of the baseline, as the bars of its releases count it. */
export interface ProgressEndpoint {
  readonly endpoint: string;
  /** The first release in which it is stable; null: unknown from the loaded data. */
  readonly stableSince: string | null;
  /** The release in which its earliest conformance test was promoted; null: it has none. */
  readonly testedSince: string | null;
  /** Title and file of that test. */
  readonly test: string | null;
  readonly file: string | null;
}

/**
 * Lists the endpoints that {@link askProgress} counts, without those whose coverage is unknown, from the view
 * conformance.eligible_endpoint_coverage.
 */
export async function listProgressEndpoints(pool: Pool): Promise<ProgressEndpoint[]> {
  const found = await pool.query<ProgressEndpoint>(
    `select endpoint, first_release as "stableSince", first_conformance_test as "testedSince", test, file
       from conformance.eligible_endpoint_coverage where not unknown order by endpoint collate "C"`,
  );
  return found.rows;
}
