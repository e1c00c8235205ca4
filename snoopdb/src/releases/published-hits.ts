import type { PoolClient } from 'pg';
import { isConformanceTest } from '../events/test-agent.ts';
import type { PublishedEndpoint } from './coverage-document.ts';

/** The source of hits of a coverage file. */
export const publishedSource = 'published coverage';

type Hit = Pick<PublishedEndpoint, 'endpoint' | 'tested' | 'conf_tested' | 'tests'>;

/**
 * Replaces the hits of a release that came with published coverage or a snapshot; those of audit logs stay. An endpoint
 * that is tested only by tests without a name has a hit, too.
 * @param runs audit runs of a snapshot: the endpoints and tests by source
 */
export async function replacePublishedHits(
  client: PoolClient,
  release: string,
  hits: readonly Hit[],
  runs: readonly { source: string; hits: readonly Hit[] }[] = [],
): Promise<void> {
  // Events have a time, so hits without one came from a document, unless their log has none either.
  await client.query(
    `delete from public.endpoint_hit as hit
      where hit.release = $1
        and (hit.source = $2
             or (hit.first_seen_at is null and not exists (
                  select from public.loaded_file as file
                   where file.what = 'audit' and file.release = hit.release and file.source = hit.source)))`,
    [release, publishedSource],
  );
  await insertHits(client, release, publishedSource, hits);
  for (const run of runs) await insertHits(client, release, run.source, run.hits);
}

async function insertHits(client: PoolClient, release: string, source: string, hits: readonly Hit[]): Promise<void> {
  const endpoints: string[] = [];
  const tests: (string | null)[] = [];
  const conformance: boolean[] = [];
  for (const { endpoint, tested, conf_tested: confTested, tests: named } of hits) {
    let seenConformance = false;
    for (const test of named) {
      const isConformance = isConformanceTest(test);
      seenConformance ||= isConformance;
      endpoints.push(endpoint);
      tests.push(test);
      conformance.push(isConformance);
    }
    if ((tested && named.length === 0) || (confTested && !seenConformance)) {
      endpoints.push(endpoint);
      tests.push(null);
      conformance.push(confTested);
    }
  }
  await client.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     select $1, $2, endpoint, 'e2e.test', test, true, conformance
       from unnest($3::text[], $4::text[], $5::boolean[]) as given (endpoint, test, conformance)`,
    [release, source, endpoints, tests, conformance],
  );
}
