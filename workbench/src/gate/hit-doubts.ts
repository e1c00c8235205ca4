import { isSameMinor } from '@snoop/snoopdb';
import type { GateFacts, GateHits, GateRules } from './facts.ts';
import { formatAge } from '../output/quantities.ts';
import { isOfCommit } from './proof.ts';
import { listGaps } from './whole-run.ts';

/**
 * The most names that the document does not have, as a share: of the 591 endpoints that the coverage of 1.36.0 hits, 1.36
 * and 1.37 lack at most 1, 1.35 lacks 15.
 */
const mostUnknownShare = 0.02;

/** With fewer they are listed: a cluster may have a few APIs of its own. */
const leastUnknown = 10;

/** Clocks differ; more than this is a wrong date. */
const mostFutureMs = 24 * 60 * 60 * 1000;

/** Doubts that hits are of the current document, recent and enough. */
export function doubtHits(hits: GateHits, facts: GateFacts, rules: GateRules): string[] {
  const { name } = hits.source;
  if (hits.endpoints.length === 0) return [`${name} has no hits. Give those of a whole run, or none at all.`];
  return [
    ...doubtRelease(hits, facts, rules),
    ...doubtAge(hits, facts, rules),
    ...doubtNames(hits, facts, rules),
    ...doubtTests(hits, rules),
    ...(rules.partial
      ? []
      : listGaps(hits, facts, rules).map((reason) => `${name}: ${reason} Give the hits of a whole run, or --partial.`)),
  ];
}

function doubtRelease(hits: GateHits, facts: GateFacts, { groups }: GateRules): string[] {
  const { name, release } = hits.source;
  const wanted = facts.current.source.release;
  if (groups !== null || wanted === null) return [];
  if (release === null) {
    // The same commit is the same release.
    if (isOfCommit(hits, facts)) return [];
    return [`The release of ${name} is unknown. Use --hits-release X.Y.Z.`];
  }
  return isSameMinor(release, wanted)
    ? []
    : [`${name} is of ${release}, and ${facts.current.source.name} of ${wanted}. Give hits of ${wanted}.`];
}

function doubtAge({ source: { name, date } }: GateHits, { now }: GateFacts, { maxAgeMs }: GateRules): string[] {
  const ageMs = date === null ? Number.NaN : Date.parse(now) - Date.parse(date);
  if (Number.isNaN(ageMs)) {
    return maxAgeMs === null ? [] : [`The age of ${name} is unknown. Use --hits-date DATE, or --max-age none.`];
  }
  if (ageMs < -mostFutureMs) return [`${name} is of ${date}, in the future. Correct the clock or its date.`];
  if (maxAgeMs === null || ageMs <= maxAgeMs) return [];
  const [age, limit] = [formatAge(ageMs / 1000), formatAge(maxAgeMs / 1000)];
  return [`${name} is ${age} old; the limit is ${limit}. Give newer hits, or a longer --max-age.`];
}

function doubtNames({ source, endpoints, unknown }: GateHits, { current }: GateFacts, { groups }: GateRules): string[] {
  const all = endpoints.length + unknown.length;
  // A whole cluster has far more endpoints than a few groups.
  if (groups !== null || unknown.length < leastUnknown || unknown.length <= mostUnknownShare * all) return [];
  return [
    `${unknown.length} of the ${all} endpoints that ${source.name} hits are unknown to ${current.source.name}: it is of ` +
      'another cluster or release. Give hits of this document.',
  ];
}

function doubtTests({ source, endpoints }: GateHits, { anyTest, groups }: GateRules): string[] {
  if (groups !== null || anyTest || endpoints.some(({ confTested }) => confTested)) return [];
  return [`${source.name} has no hit of a conformance test. Give hits of a conformance run, or use --any-test.`];
}
