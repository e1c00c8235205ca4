import type { EndpointRow } from './run-rows.ts';

export interface CoverageChange {
  of: 'eligible' | 'stable' | 'beta' | 'alpha';
  /** Endpoints of the baseline that are not deprecated. */
  total: number;
  /** Those an e2e test hits. */
  before: number;
  /** Those an e2e test or the given hits hit. */
  after: number;
  difference: number;
}

const groups: readonly CoverageChange['of'][] = ['eligible', 'stable', 'beta', 'alpha'];

/** How the coverage of the baseline would change if these endpoints were hit by e2e tests. */
export function countChange(endpoints: readonly EndpointRow[], hit: ReadonlySet<string>): CoverageChange[] {
  const counted = endpoints.filter((endpoint) => endpoint.inBaseline && !endpoint.deprecated);
  return groups.map((of) => {
    const group = counted.filter((endpoint) => (of === 'eligible' ? endpoint.eligible : endpoint.level === of));
    const before = group.filter((endpoint) => endpoint.e2e).length;
    const after = group.filter((endpoint) => endpoint.e2e || hit.has(endpoint.endpoint)).length;
    return { of, total: group.length, before, after, difference: after - before };
  });
}
