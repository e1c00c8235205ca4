import type { PoolClient } from 'pg';

/**
 * Updates the planner's statistics after a release was loaded, in the same transaction. Otherwise the first questions
 * are planned for empty tables until autovacuum runs, and joins of a thousand endpoints take minutes. Only columns that
 * are joined or compared: analyzing descriptions would unpack them. For a role that does not own the tables PostgreSQL
 * only warns.
 */
export async function analyzeReleases(client: PoolClient): Promise<void> {
  await client.query(
    `analyze public.release_data, public.open_api (release, endpoint, method, path, level, deprecated),
             public.published_level, public.endpoint_hit (release, endpoint, source, test_hit, conf_test_hit),
             public.endpoint_tested (release, endpoint, conf_tested), conformance.listed_ineligible,
             testing.baseline_endpoint`,
  );
}
