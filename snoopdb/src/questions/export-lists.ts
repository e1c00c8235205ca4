import type { Pool } from 'pg';
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
  /** The first release in which it is stable; null: not known from what is loaded. */
  readonly promotion_release: string | null;
}

/** One line of `ineligible_endpoints.json`. */
export interface PublishedIneligible {
  readonly link: string;
  readonly reason: string;
  readonly endpoint: string;
}

/** The lists about all releases, as of the baseline in use. */
export interface ExportedLists {
  readonly progress: PublishedProgress[];
  readonly coveragePerRelease: PublishedCoveragePerRelease[];
  readonly endpoints: PublishedEndpointHistory[];
  readonly ineligible: PublishedIneligible[];
}

/** Makes the lists about all releases, each in a stable order. They come from the views of the schema `conformance`. */
export async function exportLists(pool: Pool): Promise<ExportedLists> {
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
    pool.query<PublishedEndpointHistory>(
      `select coalesce((
                select json_agg(json_build_object(
                         'file', test.file, 'release', test.release, 'codename', test.codename, 'testname', test.testname)
                         order by test.codename collate "C")
                  from conformance.eligible_endpoint_test as test where test.endpoint = coverage.endpoint), '[]') as tests,
              coverage.endpoint,
              -- Published files count a test that is older than its endpoint from the endpoint's release on.
              case when coverage.first_conformance_test::public.semver < coverage.first_release::public.semver
                   then coverage.first_release else coverage.first_conformance_test end as tested_release,
              coverage.first_release as promotion_release
         from conformance.eligible_endpoint_coverage as coverage
        order by coverage.endpoint collate "C"`,
    ),
    pool.query<PublishedIneligible>(
      'select link, reason, endpoint from conformance.ineligible_endpoint order by endpoint collate "C"',
    ),
  ]);
  const byRelease = (a: { release: string }, b: { release: string }): number => compareReleases(a.release, b.release);
  return {
    progress: progress.rows.sort(byRelease),
    coveragePerRelease: coverage.rows.sort(byRelease),
    endpoints: endpoints.rows,
    ineligible: ineligible.rows,
  };
}
