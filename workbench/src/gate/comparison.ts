import { identifyEndpoint } from '@snoop/snoopdb';
import type { GateEndpoint, GateFacts, GateRules } from './facts.ts';
import { isOfGroups } from './groups.ts';

/** An endpoint of the current document, beside itself in the previous one. */
export interface ComparedEndpoint {
  readonly current: GateEndpoint;
  /** The same method and path, perhaps by another name; null: the previous document lacks it. */
  readonly previous: GateEndpoint | null;
}

/** The current document against the previous one; both only with the API groups that are judged. */
export interface Comparison {
  /** By name in the current document. */
  readonly endpoints: ReadonlyMap<string, ComparedEndpoint>;
  readonly previousCount: number;
  /** Endpoints of the previous document that are gone. */
  readonly removed: readonly GateEndpoint[];
}

/** Compares the documents by method and path, since a name is only a label. */
export function compareDocuments({ current, previous }: GateFacts, { groups }: GateRules): Comparison {
  const isJudged = ({ path }: GateEndpoint): boolean => isOfGroups(path, groups);
  const before = previous.endpoints.filter(isJudged);
  const old = new Map(before.map((endpoint) => [identify(endpoint), endpoint]));
  const endpoints = new Map<string, ComparedEndpoint>();
  const kept = new Set<string>();
  for (const endpoint of current.endpoints.filter(isJudged)) {
    const identity = identify(endpoint);
    kept.add(identity);
    endpoints.set(endpoint.endpoint, { current: endpoint, previous: old.get(identity) ?? null });
  }
  const removed = [...old].flatMap(([identity, endpoint]) => (kept.has(identity) ? [] : endpoint));
  return { endpoints, previousCount: old.size, removed };
}

/** Whether the previous document has an endpoint at the same level, and as deprecated. */
export function isUnchanged({ current, previous }: ComparedEndpoint): boolean {
  return previous !== null && previous.level === current.level && previous.deprecated === current.deprecated;
}

function identify({ method, path }: GateEndpoint): string {
  return identifyEndpoint(method, path);
}
