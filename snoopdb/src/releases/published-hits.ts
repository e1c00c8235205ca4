import type { PoolClient } from 'pg';
import { isConformanceTest } from '../events/test-agent.ts';
import type { PublishedEndpoint } from './coverage-document.ts';

/** The source of hits of a coverage file. */
export const publishedSource = 'published coverage';

type Hit = Pick<PublishedEndpoint, 'endpoint' | 'tested' | 'conf_tested' | 'tests'>;

/**
 * Replaces the hits of a release's published coverage. An endpoint that is tested only by tests without a name has a
 * hit, too.
 */
export async function replacePublishedHits(client: PoolClient, release: string, hits: readonly Hit[]): Promise<void> {
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
  await client.query('delete from public.endpoint_hit where release = $1 and source = $2', [release, publishedSource]);
  await client.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     select $1, $2, endpoint, 'e2e.test', test, true, conformance
       from unnest($3::text[], $4::text[], $5::boolean[]) as given (endpoint, test, conformance)`,
    [release, publishedSource, endpoints, tests, conformance],
  );
}
