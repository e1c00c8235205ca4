import type { EndpointCount, LiveCounts } from './messages.ts';

/** Joins the counts of neighbouring ranges of events. Rows are joined only if both have them. */
export function joinCounts(earlier: LiveCounts, later: LiveCounts): LiveCounts {
  return {
    number: later.number,
    events: earlier.events + later.events,
    unresolved: earlier.unresolved + later.unresolved,
    counts: addCounts(earlier.counts, later.counts),
    newlyHit: [...earlier.newlyHit, ...later.newlyHit],
    rows: earlier.rows === null || later.rows === null ? null : [...earlier.rows, ...later.rows],
  };
}

export function addCounts(
  earlier: readonly EndpointCount[],
  later: readonly EndpointCount[],
): readonly EndpointCount[] {
  const sums = new Map(earlier.map((count) => [count[0], count]));
  for (const [endpoint, events, hits] of later) {
    const [, eventsBefore, hitsBefore] = sums.get(endpoint) ?? [endpoint, 0, 0];
    sums.set(endpoint, [endpoint, eventsBefore + events, hitsBefore + hits]);
  }
  return [...sums.values()];
}
