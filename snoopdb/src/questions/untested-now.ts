import type { Pool, PoolClient } from 'pg';

/**
 * Which of these endpoints are untested until now: in the baseline in use, not deprecated, and hit by no e2e test. Live
 * tests never make one tested. The reports of runs use the same words for the same endpoints.
 */
export async function findUntested(client: Pool | PoolClient, endpoints: readonly string[]): Promise<Set<string>> {
  if (endpoints.length === 0) return new Set();
  const found = await client.query<{ endpoint: string }>(
    `select endpoint from public.endpoint_coverage
      where release = (select public.baseline_release()) and endpoint = any($1) and tested is not true`,
    [endpoints],
  );
  return new Set(found.rows.map(({ endpoint }) => endpoint));
}
