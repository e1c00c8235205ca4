import type { Pool, PoolClient } from 'pg';

/**
 * Finds the untested ones of these endpoints: in the baseline in use, not deprecated, and not hit by an e2e test. Hits of
 * live tests do not count, as in the reports of runs.
 */
export async function findUntested(client: Pool | PoolClient, endpoints: readonly string[]): Promise<Set<string>> {
  if (endpoints.length === 0) return new Set();
  const found = await client.query<{ endpoint: string }>(
    `select endpoint from public.endpoint_coverage
      where release = (select public.baseline_release()) and endpoint = any($1) and tested is not true
        and unknown is null`,
    [endpoints],
  );
  return new Set(found.rows.map(({ endpoint }) => endpoint));
}
