import type { GateFacts, GateHits, GateRules } from './facts.ts';
import { addMinors, countMinors } from './minors.ts';

/**
 * The share of the conformance tests of earlier releases that a whole run hits something with. Published coverage has 421
 * of 423 (1.35.0), 439 of 441 (1.36.0) and 441 of 443 (1.37.0 in development) of them, stale runs have 374 of 411 (1.33.0)
 * and 380 of 417 (1.34.0).
 */
const wholeShare = 0.95;

/**
 * Why a source of hits does not prove that a hit is absent, as sentences; empty: it is of a whole run. A source that claims to be whole
 * must have seen nearly all conformance tests that earlier releases promoted.
 */
export function listGaps(hits: GateHits, facts: GateFacts, rules: GateRules): readonly string[] {
  if (hits.incomplete.length > 0 || rules.groups !== null) return hits.incomplete;
  const release = facts.current.source.release;
  const listed = (facts.conformance?.entries ?? []).filter(
    ({ promotedIn }) => (countMinors(promotedIn, release) ?? 0) > 0,
  );
  const tests = new Set(hits.tests);
  const seen = listed.filter(({ codename }) => tests.has(codename)).length;
  if (seen >= wholeShare * listed.length) return [];
  return [
    `It has hits of ${seen} of the ${listed.length} conformance tests that were promoted before ` +
      `${addMinors(release, 0)}: its run stopped early, or it is stale.`,
  ];
}
