import type { EndpointRow } from './run-rows.ts';
import { addOutcome, type TryOutcome, type OutcomeCounts } from './try-outcome.ts';

/** Number of tested endpoints of a group before and after. */
export interface CountedChange {
  before: number;
  after: number;
  difference: number;
  /** Outcomes of the tests that make the difference, the most reliable one for each endpoint. */
  from: OutcomeCounts;
}

/** Tested before: hit by an e2e test. After: hit by an e2e test or the given hits. */
export interface CoverageChange extends CountedChange {
  of: 'eligible' | 'stable' | 'beta' | 'alpha';
  /** Endpoints of the baseline that are not deprecated. */
  total: number;
  /**
   * The same for conformance tests. Of the given hits only eligible endpoints count, since tests of other endpoints cannot
   * become conformance tests.
   */
  conformance: CountedChange;
}

const groups: readonly CoverageChange['of'][] = ['eligible', 'stable', 'beta', 'alpha'];

/**
 * Computes how the coverage of the baseline would change if e2e tests, or conformance tests, hit these endpoints.
 * @param hit the endpoints hit, with the best outcome of the tests that hit each
 */
export function countChange(endpoints: readonly EndpointRow[], hit: ReadonlyMap<string, TryOutcome>): CoverageChange[] {
  const counted = endpoints.filter((endpoint) => endpoint.inBaseline && !endpoint.deprecated);
  return groups.map((of) => {
    const group = counted.filter((endpoint) => (of === 'eligible' ? endpoint.eligible : endpoint.level === of));
    const hitIn = (endpoint: EndpointRow): TryOutcome | undefined => hit.get(endpoint.endpoint);
    return {
      of,
      total: group.length,
      ...count(group, (endpoint) => endpoint.e2e, hitIn),
      conformance: count(
        group,
        (endpoint) => endpoint.conformance,
        (endpoint) => (endpoint.eligible ? hitIn(endpoint) : undefined),
      ),
    };
  });
}

function count(
  group: readonly EndpointRow[],
  isCounted: (endpoint: EndpointRow) => boolean,
  hitIn: (endpoint: EndpointRow) => TryOutcome | undefined,
): CountedChange {
  const from: OutcomeCounts = {};
  let before = 0;
  let difference = 0;
  for (const endpoint of group) {
    if (isCounted(endpoint)) {
      before += 1;
      continue;
    }
    const outcome = hitIn(endpoint);
    if (outcome === undefined) continue;
    difference += 1;
    addOutcome(from, outcome);
  }
  return { before, after: before + difference, difference, from };
}
