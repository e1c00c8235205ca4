import type { EndpointHit, TryOutcome, OutcomeCounts } from '@snoop/snoopdb';
import { findBestOutcome, tryOutcomes } from '@snoop/snoopdb';

/**
 * Describes the part of a number that does not come from passed tests: `from a failed test`, `all from failed tests`,
 * `2 of them from failed tests, 1 from a failed try`; empty when there is no such part.
 */
export function describeOrigin(counts: OutcomeCounts): string {
  const parts = tryOutcomes.flatMap((outcome) => {
    const number = counts[outcome] ?? 0;
    return outcome === 'passed' || number === 0 ? [] : [{ outcome, number }];
  });
  const [only] = parts;
  if (only === undefined) return '';
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  if (only.number === total) return `${total === 1 ? '' : 'all '}from ${nameTests(only)}`;
  return parts
    .map((part, index) => `${part.number}${index === 0 ? ' of them' : ''} from ${nameTests(part)}`)
    .join(', ');
}

/** Counts endpoints by the most reliable outcome of their hits. */
export function countOrigins(hits: readonly EndpointHit[]): OutcomeCounts {
  const counted: OutcomeCounts = {};
  for (const { hitsFrom } of hits) {
    const best = findBestOutcome(hitsFrom);
    if (best !== null) counted[best] = (counted[best] ?? 0) + 1;
  }
  return counted;
}

function nameTests({ outcome, number }: { outcome: TryOutcome; number: number }): string {
  if (number > 1) return outcome === 'failed try' ? 'failed tries' : `${outcome}s`;
  return `${outcome === 'unfinished test' ? 'an' : 'a'} ${outcome}`;
}
