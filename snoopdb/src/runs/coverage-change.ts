import type { EndpointRow } from './run-rows.ts';
import { addOutcome, type TryOutcome, type OutcomeCounts } from './try-outcome.ts';

/** How many endpoints of a group count before and after. */
export interface CountedChange {
  before: number;
  after: number;
  difference: number;
  /** What became of the tests that make the difference, the most reliable one for each endpoint. */
  from: OutcomeCounts;
}

/** Tested: hit by an e2e test before; by an e2e test or the given hits after. */
export interface CoverageChange extends CountedChange {
  of: 'eligible' | 'stable' | 'beta' | 'alpha';
  /** Endpoints of the baseline that are not deprecated. */
  total: number;
  /**
   * Conformance tested: hit by a conformance test before. After: with the eligible endpoints of the given hits, since a
   * test of another endpoint cannot become a conformance test. For eligible endpoints this is the number that counts.
   */
  conformance: CountedChange;
}

const groups: readonly CoverageChange['of'][] = ['eligible', 'stable', 'beta', 'alpha'];

/**
 * How the coverage of the baseline would change if these endpoints were hit by e2e tests, and by conformance tests.
 * @param hit the endpoints hit, each with the best that became of a test that hit it
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
    const standing = hitIn(endpoint);
    if (standing === undefined) continue;
    difference += 1;
    addOutcome(from, standing);
  }
  return { before, after: before + difference, difference, from };
}
