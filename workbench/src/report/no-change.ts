import type { CoverageChange, EndpointHit, RunCoverage } from '@snoop/snoopdb';

/** Which tests count: all e2e tests, or conformance tests alone. */
export type Counting = 'tested' | 'conformance tested';

/**
 * Explains why a line of the projected change is 0; null when it is not. The first that is true: nothing was sent,
 * nothing succeeded, nothing of this kind was hit, what was hit counts already. Newly hit endpoints that are not
 * eligible are mentioned with the list's reason and link.
 */
export function explainNoChange(change: CoverageChange, coverage: RunCoverage, counting: Counting): string | null {
  const { difference } = counting === 'tested' ? change : change.conformance;
  if (difference !== 0) return null;
  if (coverage.evidence.sent === 0) return 'no request was sent';
  if (coverage.evidence.recorded === 0) return 'no request is recorded';
  if (coverage.endpoints.every((hit) => hit.hits === 0)) {
    return coverage.passedOnly ? 'nothing succeeded in a test that passed' : 'nothing succeeded';
  }
  const counted = coverage.endpoints.filter((hit) => hit.hits > 0 && hit.inBaseline && !hit.deprecated);
  const ofEligible = change.of === 'eligible';
  const ofThisKindOrUnknown = counted.filter((hit) => (ofEligible ? hit.eligible : hit.level === change.of));
  const ofThisKind = ofThisKindOrUnknown.filter((hit) => !hit.unknown);
  const unknown = ofThisKindOrUnknown.length - ofThisKind.length;
  const already = ofThisKind.filter((hit) => (counting === 'tested' ? hit.e2e : hit.conformance));
  const parts: string[] = [];
  if (unknown > 0)
    parts.push(`the coverage of ${unknown} ${change.of} ${unknown === 1 ? 'endpoint' : 'endpoints'} hit is unknown`);
  if (already.length === 1) parts.push(`the only ${change.of} endpoint hit is already ${counting}`);
  else if (already.length > 1) parts.push(`all ${already.length} ${change.of} endpoints hit are already ${counting}`);
  if (ofEligible) parts.push(...explainIneligible(counted.filter((hit) => hit.untestedUntilNow && !hit.eligible)));
  else parts.push(...explainIneligible(ofThisKind.filter((hit) => !already.includes(hit) && !hit.eligible)));
  return parts.length === 0 ? `no ${change.of} endpoint was hit` : parts.join('; ');
}

function explainIneligible(hits: readonly EndpointHit[]): string[] {
  const byReason = new Map<string, number>();
  for (const { ineligible, level } of hits) {
    const byLevel = level === 'stable' ? 'not listed as eligible' : `not stable (level ${level ?? 'unknown'})`;
    const reason = ineligible ? `${ineligible.reason} (${ineligible.link})` : byLevel;
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  }
  return [...byReason].map(
    ([reason, number]) =>
      `${number} newly hit ${number === 1 ? 'endpoint is' : 'endpoints are'} not eligible: ${reason}`,
  );
}
