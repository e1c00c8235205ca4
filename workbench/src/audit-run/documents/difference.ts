import { compareDataSets, type DataSet, type Difference, isConformanceTest } from '@snoop/snoopdb';
import { compare } from './coverage.ts';

/** A test of both data sets that does not hit the same endpoints. */
interface ChangedTest {
  readonly test: string;
  /** Endpoints that it hits only in the data set that the run is compared with. */
  readonly missing: readonly string[];
  /** Endpoints that it hits only in the run. */
  readonly added: readonly string[];
}

/** difference.json. */
export interface RunDifference {
  /** What the run is compared with; null: there is nothing. */
  readonly comparedWith: {
    readonly name: string;
    readonly release: string;
    readonly origin: string;
    readonly incomplete: string | null;
    /** Whether requests without success may count there. */
    readonly countsFailures: boolean;
  } | null;
  /** Why there is nothing to compare with; null: there is. */
  readonly why: string | null;
  readonly difference: Difference | null;
  /** Tests of both with different endpoints. */
  readonly tests: readonly ChangedTest[];
  /** Tests of both. */
  readonly sameTests: number;
  /** What cannot be compared, since the run did not run all tests there. */
  readonly notRun: {
    /** Tests there that did not run. */
    readonly tests: number;
    /** Endpoints that only these hit there; the run could not lose them. */
    readonly endpoints: readonly string[];
  };
}

/** The difference of a run without anything to compare it with. */
export function createMissingDifference(why: string): RunDifference {
  return { comparedWith: null, why, difference: null, tests: [], sameTests: 0, notRun: { tests: 0, endpoints: [] } };
}

const none: ReadonlySet<string> = new Set();

/**
 * Compares a run with other coverage: by endpoint, and by test for tests of both. An endpoint is lost only if a test hit
 * it there that ran here, passed or not: a run of a few tests loses nothing of the others.
 *
 * @param ran the tests that ran
 */
export function createDifference(before: DataSet, run: DataSet, ran: ReadonlySet<string>): RunDifference {
  const { name, release, origin, incomplete, countsFailures } = before;
  const [testsBefore, testsOfRun] = [groupByTest(before), groupByTest(run)];
  const shared = [...testsOfRun.keys()].filter((test) => testsBefore.has(test)).sort(compare);
  const tests = shared.flatMap((test) => {
    const [was, is] = [testsBefore.get(test) ?? none, testsOfRun.get(test) ?? none];
    const missing = [...was].filter((endpoint) => !is.has(endpoint) && run.endpoints.has(endpoint)).sort(compare);
    const added = [...is].filter((endpoint) => !was.has(endpoint) && before.endpoints.has(endpoint)).sort(compare);
    return missing.length + added.length === 0 ? [] : [{ test, missing, added }];
  });
  const notRun = [...testsBefore.keys()].filter((test) => !ran.has(test));
  const difference = compareDataSets(before, run);
  const ranBefore = notRun.length === 0 ? before : pickTests(before, ran);
  const { lost } = compareDataSets(ranBefore, run);
  const isLost = new Set(lost.map(({ endpoint, what }) => `${what} ${endpoint}`));
  const kept = difference.lost.filter(({ endpoint, what }) => !isLost.has(`${what} ${endpoint}`));
  return {
    comparedWith: { name, release, origin, incomplete, countsFailures },
    why: null,
    difference: { ...difference, lost },
    tests,
    sameTests: shared.length,
    notRun: { tests: notRun.length, endpoints: kept.map(({ endpoint }) => endpoint) },
  };
}

/** What some of the tests hit; hits without a test's name are of unknown tests. */
function pickTests(data: DataSet, ran: ReadonlySet<string>): DataSet {
  const endpoints = [...data.endpoints].map(([endpoint, covered]) => {
    const tests = covered.tests.filter((test) => ran.has(test));
    const confTested = tests.some(isConformanceTest);
    return [endpoint, { ...covered, tests, tested: tests.length > 0, confTested, namelessHit: false }] as const;
  });
  return { ...data, endpoints: new Map(endpoints) };
}

function groupByTest({ endpoints }: DataSet): Map<string, Set<string>> {
  const grouped = new Map<string, Set<string>>();
  for (const [endpoint, { tests }] of endpoints) {
    for (const test of tests) {
      const hits = grouped.get(test);
      if (hits === undefined) grouped.set(test, new Set([endpoint]));
      else hits.add(endpoint);
    }
  }
  return grouped;
}
