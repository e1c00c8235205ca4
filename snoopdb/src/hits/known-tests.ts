import { createTestFinder, type TestFinder } from '../events/test-agent.ts';
import type { Queryable } from '../postgres/database.ts';

/** Loads a finder for the tests of a release: listed ones, and those that were seen. */
export async function loadTestFinder(client: Queryable, release: string | null): Promise<TestFinder> {
  const found = await client.query<{ name: string }>(
    `select codename as name from conformance.listed_test where release = conformance.list_release('tests', $1)
     union
     select test from public.endpoint_hit where release = $1 and test is not null and not test_cut`,
    [release],
  );
  return createTestFinder(found.rows.map((row) => row.name));
}
