import { isConformanceTest } from '@snoop/snoopdb';
import type { GateFacts, GateHits, GateRules, HitEndpoint } from './facts.ts';
import { listGaps } from './whole-run.ts';

/** What all sources of hits prove together. */
export interface Proof {
  /** Whether a test hits it that is enough by the rules. */
  isHit(endpoint: string): boolean;
  /** Whether a conformance test hits it; for own groups, any test. */
  isConformanceHit(endpoint: string): boolean;
  /**
   * Whether a whole run of this commit could have hit it and does not. Other sources do not change that: one that cannot
   * know an endpoint says nothing about it. Without such a run it is not yet proven.
   */
  isMissing(endpoint: string): boolean;
  /** The conformance tests that hit it, sorted, if it is hit by unlisted ones only. They do not count. */
  listUncounted(endpoint: string): readonly string[];
  /** A test that hits it, if possible a listed conformance test; null: none is named. */
  findTest(endpoint: string): string | null;
  hasSeen(test: string): boolean;
  /** Whether a source is a whole run of this commit. */
  readonly isOfCommit: boolean;
}

/** Joins the sources of hits: an endpoint is hit if any source says so. */
export function joinHits(facts: GateFacts, rules: GateRules): Proof {
  const tested = new Set<string>();
  const confTested = new Set<string>();
  const byEndpoint = new Map<string, string>();
  const tests = new Set<string>();
  const unlisted = new Map<string, readonly string[]>();
  const listed = new Set((facts.conformance?.entries ?? []).map(({ codename }) => codename));
  for (const source of facts.hits) {
    for (const hit of source.endpoints) {
      if (hit.tested || hit.confTested) tested.add(hit.endpoint);
      if (isConformanceProof(hit, listed)) confTested.add(hit.endpoint);
      else if (hit.confTested) unlisted.set(hit.endpoint, [...(unlisted.get(hit.endpoint) ?? []), ...hit.tests]);
      const test = choosePreferred(byEndpoint.get(hit.endpoint), hit.tests, listed);
      if (test !== null) byEndpoint.set(hit.endpoint, test);
    }
    for (const test of source.tests) tests.add(test);
  }
  const conformance = rules.groups === null ? confTested : tested;
  const enough = rules.anyTest ? tested : conformance;
  const whole = facts.hits.filter((hits) => isOfCommit(hits, facts) && listGaps(hits, facts, rules).length === 0);
  const undecided = whole.map((hits) => new Set(hits.undecided));
  return {
    isHit: (endpoint) => enough.has(endpoint),
    isConformanceHit: (endpoint) => conformance.has(endpoint),
    isMissing: (endpoint) => !enough.has(endpoint) && undecided.some((names) => !names.has(endpoint)),
    listUncounted: (endpoint) => {
      const found = enough.has(endpoint) ? [] : [...new Set(unlisted.get(endpoint))].sort();
      const named = found.filter(isConformanceTest);
      return named.length > 0 ? named : found;
    },
    findTest: (endpoint) => byEndpoint.get(endpoint) ?? null,
    hasSeen: (test) => tests.has(test),
    isOfCommit: whole.length > 0,
  };
}

/**
 * Whether one of its conformance tests is listed. A run of another commit may have tests that this change removes or
 * renames; a source that names no test is believed.
 */
function isConformanceProof({ confTested, tests }: HitEndpoint, listed: ReadonlySet<string>): boolean {
  return confTested && (tests.length === 0 || tests.some((test) => listed.has(test)));
}

/** A listed test, else a conformance test, else any. */
function choosePreferred(
  known: string | undefined,
  tests: readonly string[],
  listed: ReadonlySet<string>,
): string | null {
  const all = known === undefined ? tests : [known, ...tests];
  return all.find((test) => listed.has(test)) ?? all.find(isConformanceTest) ?? all[0] ?? null;
}

/** Whether hits are of the commit of the current document; either may be abbreviated. */
export function isOfCommit(hits: GateHits, { current }: GateFacts): boolean {
  const [one, other] = [hits.source.commit?.toLowerCase(), current.source.commit?.toLowerCase()];
  if (one === undefined || other === undefined || Math.min(one.length, other.length) < shortestCommit) return false;
  return one.startsWith(other) || other.startsWith(one);
}

/** The fewest digits that git abbreviates a commit to. */
const shortestCommit = 7;
