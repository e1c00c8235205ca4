import type { EndpointRow } from './run-rows.ts';
import { addOutcome, type OutcomeCounts, type TryOutcome } from './try-outcome.ts';

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

/** Coverage of a group of the baseline's endpoints that are not deprecated. */
export interface CoverageBefore {
  of: CoverageChange['of'];
  total: number;
  /** Number of those that an e2e test hits. */
  tested: number;
  /** Number of those that a conformance test hits. */
  conformance: number;
}

const groups: readonly CoverageChange['of'][] = ['eligible', 'stable', 'beta', 'alpha'];

/** Counts the coverage of a baseline. */
export function countCoverage(endpoints: readonly EndpointRow[]): CoverageBefore[] {
  return groups.map((of) => {
    const group = endpoints.filter((endpoint) => isIn(of, endpoint));
    return {
      of,
      total: group.length,
      tested: group.filter(({ e2e }) => e2e).length,
      conformance: group.filter(({ conformance }) => conformance).length,
    };
  });
}

/**
 * Computes how the coverage of a baseline would change if e2e tests, or conformance tests, hit these endpoints. An endpoint
 * with unknown coverage changes nothing.
 * @param hits the endpoints hit, each with the best outcome of the tests that hit it
 */
export function countChange(
  before: readonly CoverageBefore[],
  hits: readonly (readonly [EndpointRow, TryOutcome])[],
): CoverageChange[] {
  return before.map(({ of, total, tested, conformance }) => {
    const group = hits.filter(([endpoint]) => isIn(of, endpoint) && !endpoint.unknown);
    return {
      of,
      total,
      ...count(
        tested,
        group.filter(([endpoint]) => !endpoint.e2e),
      ),
      conformance: count(
        conformance,
        group.filter(([endpoint]) => !endpoint.conformance && endpoint.eligible),
      ),
    };
  });
}

function isIn(of: CoverageChange['of'], { inBaseline, deprecated, eligible, level }: EndpointRow): boolean {
  return inBaseline && !deprecated && (of === 'eligible' ? eligible : level === of);
}

function count(before: number, gained: readonly (readonly [EndpointRow, TryOutcome])[]): CountedChange {
  const from: OutcomeCounts = {};
  for (const [, outcome] of gained) addOutcome(from, outcome);
  return { before, after: before + gained.length, difference: gained.length, from };
}
