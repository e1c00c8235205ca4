import type { PoolClient } from 'pg';

/**
 * Counts for the planner what was just loaded of a release, within the transaction that loads it. Without it the first
 * questions are planned for empty tables, until autovacuum comes by, and joins of a thousand endpoints take minutes. Only
 * the columns that are joined or compared: descriptions would be unpacked for nothing. A role that does not own the
 * tables gets a warning from PostgreSQL, and nothing else happens.
 */
export async function analyzeReleases(client: PoolClient): Promise<void> {
  await client.query(
    `analyze public.release_data, public.open_api (release, endpoint, method, path, level, deprecated),
             public.published_level, public.endpoint_hit (release, endpoint, source, test_hit, conf_test_hit),
             public.endpoint_tested (release, endpoint, conf_tested), conformance.listed_ineligible,
             testing.baseline_endpoint`,
  );
}
