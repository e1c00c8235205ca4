import type { EndpointHit, TryOutcome, OutcomeCounts } from '@snoop/snoopdb';
import { findBestOutcome, tryOutcomes } from '@snoop/snoopdb';

/**
 * How much of a number does not come from tests that passed: `from a failed test`, `all from failed tests`,
 * `2 of them from failed tests, 1 from a failed try`; empty when all of it does.
 */
export function describeOrigin(given: OutcomeCounts): string {
  const parts = tryOutcomes.flatMap((standing) => {
    const number = given[standing] ?? 0;
    return standing === 'passed' || number === 0 ? [] : [{ standing, number }];
  });
  const [only] = parts;
  if (only === undefined) return '';
  const total = Object.values(given).reduce((sum, number) => sum + number, 0);
  if (only.number === total) return `${total === 1 ? '' : 'all '}from ${nameTests(only)}`;
  return parts
    .map((part, index) => `${part.number}${index === 0 ? ' of them' : ''} from ${nameTests(part)}`)
    .join(', ');
}

/** How many of these endpoints were hit by what, each counted once, by the most reliable of its hits. */
export function countOrigins(hits: readonly EndpointHit[]): OutcomeCounts {
  const counted: OutcomeCounts = {};
  for (const { hitsFrom } of hits) {
    const best = findBestOutcome(hitsFrom);
    if (best !== null) counted[best] = (counted[best] ?? 0) + 1;
  }
  return counted;
}

function nameTests({ standing, number }: { standing: TryOutcome; number: number }): string {
  if (number > 1) return standing === 'failed try' ? 'failed tries' : `${standing}s`;
  return `${standing === 'unfinished test' ? 'an' : 'a'} ${standing}`;
}
