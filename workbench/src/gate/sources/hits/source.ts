import type { GateHits, HitEndpoint, SourceFacts } from '../../facts.ts';

/** A source that proves nothing, since it is broken. */
export function createBrokenHits(source: SourceFacts): GateHits {
  return { source, endpoints: [], unknown: [], undecided: [], tests: [], incomplete: [] };
}

/** What a source without problems says. */
export interface ReadHits {
  readonly source: SourceFacts;
  readonly endpoints: readonly HitEndpoint[];
  readonly unknown: Iterable<string>;
  readonly undecided: Iterable<string>;
  readonly incomplete: readonly string[];
}

/** Sorts what a source proves. With a problem it proves nothing. */
export function createHits({ source, endpoints, unknown, undecided, incomplete }: ReadHits): GateHits {
  if (source.problems.length > 0) return createBrokenHits(source);
  const hit = [...endpoints].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
  return {
    source: { ...source, count: hit.length },
    endpoints: hit,
    unknown: [...new Set(unknown)].sort(),
    undecided: [...new Set(undecided)].sort(),
    tests: [...new Set(hit.flatMap(({ tests }) => tests))].sort(),
    incomplete,
  };
}

/** Lists the first names, and how many others there are. */
export function listNames(names: Iterable<string>, limit = 5): string {
  const all = [...names];
  const more = all.length - limit;
  return `${all.slice(0, limit).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
}

/** The time as ISO 8601 in UTC; null stays null. */
export function formatTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
