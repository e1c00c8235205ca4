import type { TestCounts } from '../../../src/report/endpoint-coverage.ts';
import type { DetailsFile, EndpointDetails } from '../../../src/ui/data/model.ts';

/** Counts the e2e tests that hit an endpoint; all tests without a name are one. */
export function countTests({ tests, namelessHit }: EndpointDetails, details: Pick<DetailsFile, 'tests'>): TestCounts {
  const conformance = tests.filter((place) => details.tests[place]?.conformance).length;
  return { all: tests.length + Number(namelessHit), conformance };
}
