import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { compareReleases } from '../release.ts';

/** One line of `conformance-progress.json`. */
export interface PublishedProgress {
  readonly total: {
    readonly new: number;
    readonly tested: number;
    readonly endpoints: number;
    readonly new_tested: number;
    readonly old_tested: number;
    readonly new_with_tests: number;
    readonly still_untested: number;
  };
  readonly release: string;
}

/** One line of `conformance-coverage-per-release.json`. */
export interface PublishedCoveragePerRelease {
  readonly tested: number;
  readonly release: string;
  readonly untested: number;
  readonly 'total tested': number;
  readonly 'new endpoints': number;
  readonly 'total untested': number;
  readonly 'total endpoints': number;
}

/** One line of `conformance-endpoints.json`. */
export interface PublishedEndpointHistory {
  readonly tests: readonly {
    readonly file: string | null;
    readonly release: string;
    readonly codename: string;
    readonly testname: string | null;
  }[];
  readonly endpoint: string;
  readonly tested_release: string | null;
  /** The first release in which it is stable; null: unknown from the loaded data. */
  readonly promotion_release: string | null;
}

/** One line of `ineligible_endpoints.json`. */
export interface PublishedIneligible {
  readonly link: string;
  readonly reason: string;
  readonly endpoint: string;
}

/** A list, or which data is missing for it. */
export type ExportedList<T> =
  | { readonly rows: T[]; readonly missing: null }
  | { readonly rows: null; readonly missing: string };

/** The lists about all releases, as of the baseline in use. */
export interface ExportedLists {
  readonly progress: ExportedList<PublishedProgress>;
  readonly coveragePerRelease: ExportedList<PublishedCoveragePerRelease>;
  readonly endpoints: ExportedList<PublishedEndpointHistory>;
  readonly ineligible: ExportedList<PublishedIneligible>;
}

/**
 * Exports the lists about all releases, each in a stable order, from the views of the schema `conformance`. Without their
 * data these views are empty or show zeros; such lists are not exported.
 */
export async function exportLists(pool: Pool): Promise<ExportedLists> {
  const missing = await findMissing(pool);
  const [progress, coverage, endpoints, ineligible] = await Promise.all([
    pool.query<PublishedProgress>(
      `select json_build_object(
                'new', new_endpoints, 'tested', total_tested_endpoints, 'endpoints', total_endpoints,
                'new_tested', new_endpoints_covered_by_new_tests + new_endpoints_covered_by_old_tests,
                'old_tested', old_endpoints_covered_by_new_tests,
                'new_with_tests', new_endpoints_promoted_with_tests,
                'still_untested', endpoints_still_untested_today) as total, release
         from conformance.progress`,
    ),
    pool.query<PublishedCoveragePerRelease>(
      `select tested::integer, release, untested::integer, "total tested"::integer, "new endpoints"::integer,
              "total untested"::integer, "total endpoints"::integer
         from conformance.coverage_per_release`,
    ),
    pool.query<PublishedEndpointHistory>(readQuerySql('export-endpoint-history')),
    pool.query<PublishedIneligible>(
      'select link, reason, endpoint from conformance.ineligible_endpoint order by endpoint collate "C"',
    ),
  ]);
  const byRelease = (a: { release: string }, b: { release: string }): number => compareReleases(a.release, b.release);
  return {
    progress: createExportedList(progress.rows.sort(byRelease), missing.ineligible ?? missing.history),
    coveragePerRelease: createExportedList(coverage.rows.sort(byRelease), missing.ineligible ?? missing.history),
    endpoints: createExportedList(endpoints.rows, missing.ineligible ?? missing.history),
    ineligible: createExportedList(ineligible.rows, missing.ineligible),
  };
}

function createExportedList<T>(rows: T[], missing: string | null): ExportedList<T> {
  return missing === null ? { rows, missing } : { rows: null, missing };
}

/** Describes the data that is not loaded, and how to load it. */
async function findMissing(pool: Pool): Promise<{ ineligible: string | null; history: string | null }> {
  const found = await pool.query<{ baseline: string | null; ineligible: boolean; history: boolean }>(
    `select public.baseline_release() as baseline,
            conformance.list_release('ineligible', public.baseline_release()) is not null as ineligible,
            exists (select from conformance.history_data) as history`,
  );
  const { baseline = null, ineligible = false, history = false } = found.rows[0] ?? {};
  return {
    ineligible:
      baseline === null
        ? `no baseline is in use; 'snoop load baseline' loads one`
        : ineligible
          ? null
          : `no list of ineligible endpoints is loaded; 'snoop load ineligible FILE' loads one`,
    history: history ? null : `no history is loaded; 'snoop load baseline' loads it`,
  };
}
