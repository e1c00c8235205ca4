import type { CoverageChange, EndpointHit, RunCoverage } from '@snoop/snoopdb';

/**
 * Why a line of the projected change is 0, in a sentence; null when it is not.
 * The first of these that holds: nothing was sent, nothing succeeded, nothing of this kind was hit,
 * covered already; with, for eligible endpoints, what was newly hit but is not eligible (the list's reason and link).
 */
export function explainNoChange(change: CoverageChange, coverage: RunCoverage): string | null {
  if (change.difference !== 0) return null;
  if (coverage.evidence.sent === 0) return 'no request was sent';
  if (coverage.evidence.recorded === 0) return 'no request is recorded';
  const counting = coverage.endpoints.filter((hit) => hit.hits > 0 && hit.inBaseline && !hit.deprecated);
  if (coverage.endpoints.every((hit) => hit.hits === 0)) return 'nothing succeeded';
  const eligible = change.of === 'eligible';
  const ofThisKind = counting.filter((hit) => (eligible ? hit.eligible : hit.level === change.of));
  const parts: string[] = [];
  if (ofThisKind.length === 1) parts.push(`the one ${change.of} endpoint hit is covered already`);
  else if (ofThisKind.length > 1) parts.push(`all ${ofThisKind.length} ${change.of} endpoints hit are covered already`);
  if (eligible) parts.push(...explainIneligible(counting.filter((hit) => hit.untestedUntilNow && !hit.eligible)));
  return parts.length === 0 ? `no ${change.of} endpoint was hit` : parts.join('; ');
}

/** One part for each reason of the list, with its link; one for the levels that can never be eligible. */
function explainIneligible(hits: readonly EndpointHit[]): string[] {
  const byReason = new Map<string, number>();
  for (const { ineligible, level } of hits) {
    const reason = ineligible
      ? `${ineligible.reason} (${ineligible.link})`
      : `only stable ones are (level ${level ?? 'unknown'})`;
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  }
  return [...byReason].map(
    ([reason, number]) =>
      `${number} newly hit ${number === 1 ? 'endpoint is' : 'endpoints are'} not eligible: ${reason}`,
  );
}
