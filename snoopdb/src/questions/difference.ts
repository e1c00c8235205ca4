import { isConformanceTest } from '../events/test-agent.ts';
import type { CoveredEndpoint, DataSet } from './data-set.ts';

/** A test that explains a change, and whether the other data set knows it too. */
export interface ExplainingTest {
  readonly test: string;
  readonly conformance: boolean;
  /** Of a loss: whether it still hits something afterwards. Of a gain: whether it hit something before. */
  readonly inOther: boolean;
}

/** An endpoint of both data sets that one of them tests and the other does not. */
export interface CoverageShift {
  readonly endpoint: string;
  readonly level: string;
  readonly category: string;
  /** What was lost or gained: any test, or only the conformance tests. */
  readonly what: 'tested' | 'conformance tested';
  /** The tests that hit it where it is tested; empty when they are not named. */
  readonly by: ExplainingTest[];
}

/** An endpoint that only one of two data sets has. */
export interface OneSidedEndpoint
  extends Pick<CoveredEndpoint, 'level' | 'category' | 'tested' | 'confTested' | 'tests'> {
  readonly endpoint: string;
}

/** An endpoint that would be untested without this one test: no other e2e test hits it, with a name or without. */
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
}

/** Compares what two data sets test: `before` and `after` are not swapped without changing lost and gained. */
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
  };
}

/** What the one has and the other lacks. */
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
  const only = [...endpoints].filter(([endpoint]) => !other.endpoints.has(endpoint));
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
