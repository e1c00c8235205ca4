import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventWriter, useNearestBaseline } from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

// Two views never give different answers to one question.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function ask(sql: string): Promise<number[]> {
  const found = await database.pool.query<string[]>({ text: sql, rowMode: 'array' });
  return found.rows.flat().map(Number);
}

/** Questions that can be asked in several places; every place is one line. */
const questions: Record<string, string[]> = {
  'endpoints of the baseline': [
    'select total_endpoints from testing.projected_change_in_coverage',
    'select count(*) from public.endpoint_coverage where release = public.baseline_release()',
    'select count(*) from public.open_api where release = public.baseline_release() and not deprecated',
  ],
  'tested endpoints': [
    'select old_coverage from testing.projected_change_in_coverage',
    'select count(*) from public.endpoint_coverage where release = public.baseline_release() and tested',
    'select count(*) from public.endpoint_tested where release = public.baseline_release()',
    'select count(distinct endpoint) from public.endpoint_hit where release = public.baseline_release() and test_hit',
  ],
  'conformance tested endpoints': [
    'select count(*) from public.endpoint_coverage where release = public.baseline_release() and conf_tested',
    'select count(distinct endpoint) from public.endpoint_hit where release = public.baseline_release() and conf_test_hit',
  ],
  'untested stable endpoints': [
    'select count(*) from testing.untested_stable_endpoint',
    `select count(*) filter (where level = 'stable' and not tested) from public.endpoint_coverage
      where release = public.baseline_release()`,
  ],
  'eligible endpoints': [
    'select count(*) from conformance.eligible_endpoint',
    'select count(*) from conformance.endpoint_eligibility where release = public.baseline_release() and eligible',
    `select count(*) from public.open_api as api where release = public.baseline_release() and level = 'stable'
        and not deprecated and not exists (
          select from conformance.ineligible_endpoint as ineligible where ineligible.endpoint = api.endpoint)`,
    'select count(*) from conformance.eligible_endpoint_coverage',
    'select count(*) from conformance.new_endpoint',
  ],
  'eligible endpoints that are untested': [
    'select count(*) from testing.untested_stable_endpoint where eligible',
    `select count(*) from conformance.eligible_endpoint join public.endpoint_coverage using (endpoint)
      where release = public.baseline_release() and not tested`,
  ],
  'eligible endpoints whose beginning is known': [
    'select sum("new endpoints") from conformance.coverage_per_release',
    'select max("total endpoints") from conformance.coverage_per_release',
    'select max(total_endpoints) from conformance.progress',
    'select count(*) from conformance.new_endpoint where release is not null',
  ],
  'of these, with a conformance test': [
    'select max("total tested") from conformance.coverage_per_release',
    'select count(*) from conformance.new_endpoint where release is not null and tested',
    `select count(distinct endpoint) from conformance.eligible_endpoint_test
       join conformance.new_endpoint using (endpoint) where new_endpoint.release is not null`,
  ],
  'e2e tests that hit something': [
    'select count(*) from public.audit_event_test where release = public.baseline_release()',
    `select count(distinct test) from public.endpoint_coverage, unnest(tests) as test
      where release = public.baseline_release()`,
  ],
  'endpoints that live tests add': [
    'select change_in_number from testing.projected_change_in_coverage',
    'select count(distinct endpoint) from testing.endpoint_hit_by_new_test where not hit_by_ete',
  ],
};

test.each(['1.37.0', '1.36.0', '1.34.0', '1.33.0'])('with %s as the baseline', async (release) => {
  const baseline = await useNearestBaseline(database.pool, release);
  expect(baseline.release).toBe(release);
  const writer = createEventWriter(database.pool, { source: `a cluster of ${release}` });
  await writer.write(
    writeBody(
      ['autoscaling/v2/horizontalpodautoscalers', 'apps/v1/deployments', 'resource.k8s.io/v1beta1/resourceslices'].map(
        (path) => writeEvent({ requestURI: `/apis/${path}` }),
      ),
    ),
  );
  await writer.close();
  for (const [question, places] of Object.entries(questions)) {
    const answers = await Promise.all(places.map(ask));
    expect([question, ...answers.flat()]).toEqual([question, ...answers.map(() => answers[0]?.[0])]);
    expect(answers[0]?.[0]).not.toBeNaN();
  }
});
