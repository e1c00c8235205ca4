import { isConformanceTest } from '../events/test-agent.ts';
import type { CoveredEndpoint, DataSet } from './data-set.ts';

/** A test that explains a change, and whether it is also in the other data set. */
export interface ExplainingTest {
  readonly test: string;
  readonly conformance: boolean;
  /** For a loss: whether it hits anything in the second data set. For a gain: in the first. */
  readonly inOther: boolean;
}

/** An endpoint in both data sets that is tested in only one. */
export interface CoverageShift {
  readonly endpoint: string;
  readonly level: string;
  readonly category: string;
  /** What was lost or gained: all tests, or only conformance tests. */
  readonly what: 'tested' | 'conformance tested';
  /** The tests that hit it where it is tested; empty: without names. */
  readonly by: ExplainingTest[];
}

/** An endpoint in only one of two data sets. */
export interface OneSidedEndpoint
  extends Pick<CoveredEndpoint, 'level' | 'category' | 'tested' | 'confTested' | 'tests'> {
  readonly endpoint: string;
}

/** An endpoint that is hit by only one e2e test. */
export interface SingleTest {
  readonly endpoint: string;
  readonly level: string;
  readonly category: string;
  readonly test: string;
}

export interface Difference {
  readonly lost: CoverageShift[];
  readonly gained: CoverageShift[];
  readonly newEndpoints: OneSidedEndpoint[];
  readonly removedEndpoints: OneSidedEndpoint[];
  /** Of the second data set. */
  readonly singleTest: SingleTest[];
  /** Endpoints with unknown coverage in one of the data sets, by name. No other list has them. */
  readonly unknown: string[];
}

/** Compares the tested endpoints of two data sets. */
export function compareDataSets(before: DataSet, after: DataSet): Difference {
  const testsBefore = collectTests(before);
  const testsAfter = collectTests(after);
  const lost: CoverageShift[] = [];
  const gained: CoverageShift[] = [];
  for (const [endpoint, was] of before.endpoints) {
    const is = after.endpoints.get(endpoint);
    if (is === undefined) continue;
    const isLost = describeShift(endpoint, was, is, testsAfter);
    if (isLost) lost.push({ ...isLost, level: is.level, category: is.category });
    const isGained = describeShift(endpoint, is, was, testsBefore);
    if (isGained) gained.push(isGained);
  }
  return {
    lost: sort(lost),
    gained: sort(gained),
    newEndpoints: listOnly(after, before),
    removedEndpoints: listOnly(before, after),
    singleTest: listSingleTests(after),
    unknown: [...new Set([...before.unknown, ...after.unknown])].sort(),
  };
}

/** Describes what an endpoint has in one data set and lacks in the other; null: nothing. */
function describeShift(
  endpoint: string,
  { level, category, tested, confTested, tests }: CoveredEndpoint,
  other: CoveredEndpoint,
  otherTests: ReadonlySet<string>,
): CoverageShift | null {
  const what = tested && !other.tested ? 'tested' : confTested && !other.confTested ? 'conformance tested' : null;
  if (what === null) return null;
  const by = tests
    .map((test) => ({ test, conformance: isConformanceTest(test), inOther: otherTests.has(test) }))
    .filter(({ conformance }) => what === 'tested' || conformance)
    .sort((a, b) => Number(b.conformance) - Number(a.conformance));
  return { endpoint, level, category, what, by };
}

function collectTests({ endpoints }: DataSet): Set<string> {
  return new Set([...endpoints.values()].flatMap(({ tests }) => tests));
}

function listOnly({ endpoints }: DataSet, other: DataSet): OneSidedEndpoint[] {
  const only = [...endpoints].filter(([endpoint]) => !other.endpoints.has(endpoint) && !other.unknown.has(endpoint));
  return sort(only.map(([endpoint, { namelessHit: _, ...covered }]) => ({ endpoint, ...covered })));
}

function listSingleTests({ endpoints }: DataSet): SingleTest[] {
  const single: SingleTest[] = [];
  for (const [endpoint, { level, category, tests, namelessHit }] of endpoints) {
    const [test, ...others] = tests;
    if (test !== undefined && others.length === 0 && !namelessHit) single.push({ endpoint, level, category, test });
  }
  return sort(single);
}

function sort<T extends { readonly endpoint: string }>(lines: T[]): T[] {
  return lines.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}
