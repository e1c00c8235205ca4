import { isConformanceTest } from '../events/test-agent.ts';
import type { DataSet } from './data-set.ts';
import { compareDataSets, type CoverageShift, type Difference } from './difference.ts';
import { type IgnoredLoss, matchIgnored } from './ignored-losses.ts';
import { findRegressionDoubts } from './regression-doubts.ts';
import { findRenamedTests, groupByTest, type HitsByTest, type RenamedTest } from './renamed-tests.ts';

/** A test that hit a lost endpoint, and what became of it. */
export interface LosingTest {
  readonly test: string;
  readonly conformance: boolean;
  /** runs: it still hits other endpoints. */
  readonly state: 'gone' | 'renamed' | 'runs';
  readonly ignored: boolean;
}

/** An endpoint in both data sets that lost all its tests, or all its conformance tests. */
export interface Loss extends Omit<CoverageShift, 'by'> {
  /** Empty: tests without names. */
  readonly by: readonly LosingTest[];
}

/** A loss that does not count. */
export interface ExcusedLoss extends Loss {
  readonly reasons: readonly string[];
}

/** A test that hits endpoints in the first data set and none in the second. */
export interface GoneTest {
  readonly test: string;
  readonly conformance: boolean;
  /** The number of endpoints that it hit. */
  readonly endpoints: number;
  /** The lost ones among them, ignored ones included. */
  readonly lost: readonly string[];
}

export interface RegressionRules {
  /** Whether an endpoint that only lost its conformance tests counts as lost. */
  readonly conformance: boolean;
  readonly ignored: readonly IgnoredLoss[];
  /** YYYY-MM-DD, in UTC. */
  readonly today: string;
}

export interface Regressions
  extends Pick<Difference, 'gained' | 'newEndpoints' | 'removedEndpoints' | 'singleTest' | 'unknown'> {
  readonly verdict: 'lost' | 'nothing lost';
  readonly exitCode: 0 | 1;
  readonly lost: readonly Loss[];
  /** Endpoints with an e2e test but no conformance test any more; they fail only by {@link RegressionRules.conformance}. */
  readonly conformanceLost: readonly Loss[];
  readonly excused: readonly ExcusedLoss[];
  readonly goneTests: readonly GoneTest[];
  readonly renamedTests: readonly RenamedTest[];
  /** See {@link RenamedTests}. */
  readonly notCompared: number;
  /** Entries that count no more. */
  readonly expired: readonly IgnoredLoss[];
  /** Entries that match nothing that was lost. */
  readonly unmatched: readonly IgnoredLoss[];
  /** What counting differently may do: only one data set counts failed requests. */
  readonly counting: 'may explain losses' | 'may hide losses' | null;
}

/** The data sets do not allow an answer. */
export interface UnknownRegressions {
  readonly verdict: 'cannot tell';
  readonly exitCode: 3;
  /** Why, and what to do: sentences. */
  readonly doubts: readonly string[];
}

/** Finds what the second data set lost. Nothing that is broken in either leads to `nothing lost`. */
export function findRegressions(
  before: DataSet,
  after: DataSet,
  rules: RegressionRules,
): Regressions | UnknownRegressions {
  const difference = compareDataSets(before, after);
  const { accept, expired, listUnmatched } = matchIgnored(rules.ignored, rules.today);
  const doubts = findRegressionDoubts(before, after, difference.removedEndpoints, rules.conformance, accept);
  if (doubts.length > 0) return { verdict: 'cannot tell', exitCode: 3, doubts };
  const { renamed, notCompared } = findRenamedTests(before, after);
  const renamedNames = new Set(renamed.map(({ from }) => from));
  const excused: ExcusedLoss[] = [];
  const counted: Loss[] = [];
  for (const { by, ...shift } of difference.lost) {
    const tests = by.map(({ test }) => test);
    const isNameless = before.endpoints.get(shift.endpoint)?.namelessHit === true;
    const { reasons, ignoredTests } = accept(shift.endpoint, tests, isNameless);
    const losing = by.map(({ test, conformance, inOther }): LosingTest => {
      const state = inOther ? 'runs' : renamedNames.has(test) ? 'renamed' : 'gone';
      return { test, conformance, state, ignored: ignoredTests.has(test) };
    });
    if (reasons.length > 0) excused.push({ ...shift, by: losing, reasons });
    else counted.push({ ...shift, by: losing });
  }
  const lost = counted.filter(({ what }) => what === 'tested');
  const conformanceLost = counted.filter(({ what }) => what === 'conformance tested');
  const isLost = lost.length > 0 || (rules.conformance && conformanceLost.length > 0);
  const { gained, newEndpoints, removedEndpoints, singleTest, unknown } = difference;
  return {
    verdict: isLost ? 'lost' : 'nothing lost',
    exitCode: isLost ? 1 : 0,
    lost,
    conformanceLost,
    excused,
    goneTests: listGoneTests(groupByTest(before), groupByTest(after), renamedNames, difference.lost),
    renamedTests: renamed,
    notCompared,
    expired,
    unmatched: listUnmatched(),
    counting: describeCounting(before, after, difference.lost.length > 0),
    gained,
    newEndpoints,
    removedEndpoints,
    singleTest,
    unknown,
  };
}

function describeCounting(before: DataSet, after: DataSet, isLost: boolean): Regressions['counting'] {
  if (before.countsFailures === after.countsFailures) return null;
  if (after.countsFailures) return 'may hide losses';
  return isLost ? 'may explain losses' : null;
}

/** Those that lost most come first. */
function listGoneTests(
  before: HitsByTest,
  after: HitsByTest,
  renamed: ReadonlySet<string>,
  losses: readonly CoverageShift[],
): GoneTest[] {
  const lostBy = new Map<string, string[]>();
  for (const { endpoint, by } of losses) {
    for (const { test } of by) {
      const known = lostBy.get(test);
      if (known === undefined) lostBy.set(test, [endpoint]);
      else known.push(endpoint);
    }
  }
  return [...before]
    .filter(([test]) => !after.has(test) && !renamed.has(test))
    .map(([test, endpoints]) => ({
      test,
      conformance: isConformanceTest(test),
      endpoints: endpoints.size,
      lost: lostBy.get(test) ?? [],
    }))
    .sort((a, b) => b.lost.length - a.lost.length || (a.test < b.test ? -1 : 1));
}
