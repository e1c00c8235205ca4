import type { Comparison } from './comparison.ts';
import type { GateFacts, GateRules } from './facts.ts';

/** Endpoints of the judged levels that need no test since the previous document, by the lists; in their order. */
export interface ExcusedEndpoints {
  readonly ineligible: readonly string[];
  readonly pending: readonly string[];
}

/** Finds the endpoints that lists excuse, but did not in the commit or release of the previous document. */
export function findExcused(
  { ineligible, pending }: GateFacts,
  { levels }: GateRules,
  { endpoints }: Comparison,
): ExcusedEndpoints {
  const isJudged = (endpoint: string): boolean => {
    const current = endpoints.get(endpoint)?.current;
    return current !== undefined && levels.includes(current.level) && !current.deprecated;
  };
  const select = (entries: readonly { readonly endpoint: string; readonly added?: boolean | null }[] = []) =>
    entries.flatMap(({ endpoint, added }) => (added === true && isJudged(endpoint) ? endpoint : []));
  return { ineligible: select(ineligible?.entries), pending: select(pending?.entries) };
}
