/** An entry of a list of losses that do not count: an endpoint, or all that a test no longer hits. */
export interface IgnoredLoss {
  /** Exactly one of the two is not null. */
  readonly endpoint: string | null;
  readonly test: string | null;
  readonly reason: string;
  /** The last day on which it counts, YYYY-MM-DD, in UTC. */
  readonly until: string;
  /** Its line in the file, from 1. */
  readonly line: number;
}

/** Why a loss does not count; without reasons, it does. */
export interface Excuse {
  readonly reasons: readonly string[];
  readonly ignoredTests: ReadonlySet<string>;
}

/**
 * Finds the reasons for a loss.
 * @param isNameless whether a test without a name hit the endpoint, too
 */
export type FindExcuse = (endpoint: string, tests: readonly string[], isNameless: boolean) => Excuse;

/** A loss is excused by its endpoint, or if all tests that hit the endpoint are ignored. */
export function matchIgnored(
  entries: readonly IgnoredLoss[],
  today: string,
): { accept: FindExcuse; expired: IgnoredLoss[]; listUnmatched: () => IgnoredLoss[] } {
  const valid = entries.filter(({ until }) => until >= today);
  const byEndpoint = new Map(valid.flatMap((entry) => (entry.endpoint === null ? [] : [[entry.endpoint, entry]])));
  const byTest = new Map(valid.flatMap((entry) => (entry.test === null ? [] : [[entry.test, entry]])));
  const matched = new Set<IgnoredLoss>();
  const accept: FindExcuse = (endpoint, tests, isNameless) => {
    const named = byEndpoint.get(endpoint);
    const ignored = tests.flatMap((test) => byTest.get(test) ?? []);
    for (const entry of named === undefined ? ignored : [named, ...ignored]) matched.add(entry);
    const areAllIgnored = tests.length > 0 && ignored.length === tests.length && !isNameless;
    const excuses = named !== undefined ? [named] : areAllIgnored ? ignored : [];
    return {
      reasons: [...new Set(excuses.map(({ reason, until }) => `${reason} (until ${until})`))],
      ignoredTests: new Set(ignored.flatMap(({ test }) => test ?? [])),
    };
  };
  return {
    accept,
    expired: entries.filter(({ until }) => until < today),
    listUnmatched: () => valid.filter((entry) => !matched.has(entry)),
  };
}
