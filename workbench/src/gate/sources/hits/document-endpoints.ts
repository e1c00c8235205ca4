import { createEndpointResolver, type EndpointResolver, identifyEndpoint } from '@snoop/snoopdb';
import type { GateEndpoint } from '../../facts.ts';
import { isOfGroups } from '../../groups.ts';

/** The endpoints of the current document, found in three ways. */
export interface DocumentEndpoints {
  readonly resolver: EndpointResolver;
  readonly byName: ReadonlyMap<string, GateEndpoint>;
  /** Whether the gate judges endpoints with this name: they are of the asked groups. */
  isJudged(endpoint: string): boolean;
  isJudgedPath(path: string): boolean;
  /**
   * Finds the endpoint that another document names. A name counts only with the same path; another name with the same
   * method and path is the same endpoint, renamed.
   *
   * @param method null: unknown
   * @param path null: unknown
   */
  find(endpoint: string, method: string | null, path: string | null): string | null;
}

/** @param groups as in the rules of the gate */
export function indexEndpoints(
  endpoints: readonly GateEndpoint[],
  groups: readonly string[] | null,
): DocumentEndpoints {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.endpoint, endpoint]));
  const byPlace = new Map(endpoints.map(({ endpoint, method, path }) => [identifyEndpoint(method, path), endpoint]));
  const asked = new Set(endpoints.filter(({ path }) => isOfGroups(path, groups)).map(({ endpoint }) => endpoint));
  return {
    resolver: createEndpointResolver(endpoints),
    byName,
    isJudged: (endpoint) => asked.has(endpoint),
    isJudgedPath: (path) => isOfGroups(path, groups),
    find(endpoint, method, path) {
      const known = byName.get(endpoint);
      if (known !== undefined && (path === null || isSamePath(known.path, path))) return endpoint;
      return method === null || path === null ? null : (byPlace.get(identifyEndpoint(method, path)) ?? null);
    },
  };
}

function isSamePath(left: string, right: string): boolean {
  return identifyEndpoint('', left) === identifyEndpoint('', right);
}
