import {
  type DocumentedEndpoint,
  isConformanceTest,
  type PublishedRelease,
  type ReleaseDocument,
} from '@snoop/snoopdb';
import type { CollectedHits } from './hit-collector.ts';
import type { HiddenEndpoint } from './policy-view.ts';

export interface CoverageOptions {
  /** Of the cluster, X.Y.Z. */
  readonly release: string;
  /** When the run began. */
  readonly startedAt: Date;
  /** Names the run, and those that it continues. */
  readonly sources: readonly string[];
  /** Why it is incomplete, as sentences; empty: it is complete. */
  readonly reasons: readonly string[];
  /** Endpoints whose requests do not show. Without a hit, their coverage is unknown. */
  readonly hidden: readonly HiddenEndpoint[];
}

/**
 * Creates the coverage file of a run in the published form, with totals that agree. Only successful requests of passed
 * tests count. A test without a name makes its endpoints tested and is not listed. Hidden endpoints are unknown.
 */
export function createCoverage(
  document: ReleaseDocument,
  { tests }: CollectedHits,
  { release, startedAt, sources, reasons, hidden }: CoverageOptions,
): PublishedRelease {
  const passed = [...tests].filter(([, { outcome }]) => outcome === 'passed');
  const byEndpoint = groupByEndpoint(passed.map(([test, { hits }]) => [test, hits.keys()]));
  const hit = new Set([...tests.values()].flatMap(({ hits }) => [...hits.keys()]));
  const reasonsOf = new Map(hidden.map(({ endpoint, reason }) => [endpoint, reason]));
  const isUnknown = ({ endpoint }: DocumentedEndpoint): boolean => reasonsOf.has(endpoint) && !hit.has(endpoint);
  const covered = document.endpoints.filter((known) => !isUnknown(known));
  const unknown = document.endpoints.filter(isUnknown).map((known) => ({
    ...describe(known),
    release,
    unknown: `The audit policy hides it: ${reasonsOf.get(known.endpoint)}.`,
  }));
  const endpoints = covered.map((known) => {
    const hitting = byEndpoint.get(known.endpoint) ?? [];
    return {
      ...describe(known),
      release,
      tested: hitting.length > 0,
      conf_tested: hitting.some(isConformanceTest),
      tests: hitting.filter((test) => test !== '').sort(compare),
    };
  });
  const isServed = new Set(document.endpoints.map(({ endpoint }) => endpoint));
  const listed = passed
    .filter(([test, { hits }]) => test !== '' && [...hits.keys()].some((endpoint) => isServed.has(endpoint)))
    .map(([test]) => test)
    .sort(compare);
  return {
    spec: document.spec,
    tests: listed.map((test) => {
      const known = document.tests.get(test);
      return {
        file: known?.file ?? null,
        test,
        release,
        testname: known?.testname ?? null,
        conformance_test: isConformanceTest(test),
        promotion_release: known?.promotionRelease ?? null,
      };
    }),
    release,
    sources: [...sources],
    endpoints,
    ...(unknown.length > 0 && { 'unknown endpoints': unknown }),
    release_date: startedAt.toISOString().slice(0, 19),
    ...countTotals(covered, endpoints),
    ...(reasons.length > 0 && { incomplete: reasons.join(' ') }),
  };
}

function describe({ eligible: _eligible, isNew: _isNew, knowsNew: _knowsNew, ...described }: DocumentedEndpoint) {
  return described;
}

/** Tests by endpoint. */
function groupByEndpoint(tests: Iterable<readonly [test: string, endpoints: Iterable<string>]>): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const [test, endpoints] of tests) {
    for (const endpoint of endpoints) {
      const hitting = grouped.get(endpoint);
      if (hitting === undefined) grouped.set(endpoint, [test]);
      else hitting.push(test);
    }
  }
  return grouped;
}

/** As in export-release.sql, without endpoints whose coverage is unknown: null where a list or the history is unknown. */
function countTotals(known: readonly DocumentedEndpoint[], endpoints: PublishedRelease['endpoints']) {
  const eligible = endpoints.filter((_, index) => known[index]?.eligible === true);
  const isNew = (_: unknown, index: number): boolean => known[index]?.eligible === true && known[index].isNew;
  const added = endpoints.filter(isNew);
  const knowsEligible = known.every((one) => one.eligible !== null);
  const knowsNew = knowsEligible && known.every((one) => one.knowsNew === true);
  const tested = (list: PublishedRelease['endpoints']): number => list.filter((one) => one.conf_tested).length;
  return {
    'total endpoints': endpoints.length,
    'tested endpoints': endpoints.filter((one) => one.tested).length,
    'new conformance eligible endpoints': knowsNew ? added.length : null,
    'total conformance eligible endpoints': knowsEligible ? eligible.length : null,
    'tested conformance eligible endpoints': knowsEligible ? tested(eligible) : null,
    'new tested conformance eligible endpoints': knowsNew ? tested(added) : null,
  };
}

/** By code units, so that the order is the same on every machine. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
