import {
  buildTrie,
  getMethod,
  headMethod,
  type TrieNode,
  type ResolvableOperation,
  search,
  unknownMethod,
} from './endpoint-trie.ts';
import { explainRequest, type Explanation } from './explanation.ts';
import { createNearestFinder, type NearestFinder } from './nearest-endpoints.ts';
import { type Resolution, unresolvedAnswers } from './resolution.ts';
import { isApiPath, isResourcePath, readMethod, readPath, type ResolvableRequest } from './resolvable-request.ts';

export interface EndpointResolver {
  /** Finds the endpoint of a request, or the reason why there is none. Never throws. */
  resolve(request: ResolvableRequest): Resolution;
  /** Explains the answer; without an endpoint, also lists the nearest ones. Slow: for people. */
  explain(request: ResolvableRequest): Explanation;
}

/**
 * Creates a resolver for the operations of an OpenAPI document. Of two operations with one path and method it uses the
 * one that is not deprecated, then the first.
 */
export function createEndpointResolver(operations: Iterable<ResolvableOperation>): EndpointResolver {
  const all = [...operations];
  const root = buildTrie(all);
  let findNearest: NearestFinder | null = null;
  return {
    resolve: (request) => resolve(root, request),
    explain(request) {
      findNearest ??= createNearestFinder(all);
      return explainRequest(root, request, resolve(root, request), findNearest);
    },
  };
}

/** Creates a resolver that uses `second` where `first` finds no endpoint. */
export function chainResolvers(first: EndpointResolver, second: EndpointResolver): EndpointResolver {
  return {
    resolve(request) {
      const found = first.resolve(request);
      if (found.endpoint !== null) return found;
      const other = second.resolve(request);
      return other.endpoint !== null ? other : found;
    },
    explain(request) {
      const found = first.explain(request);
      if (found.resolution.endpoint !== null) return found;
      const other = second.explain(request);
      return other.resolution.endpoint !== null ? other : found;
    },
  };
}

const emptyTrie = buildTrie([]);

/** Resolves nothing: no document is loaded. */
export const emptyResolver: EndpointResolver = {
  resolve: () => unresolvedAnswers['no document'],
  explain: (request) => explainRequest(emptyTrie, request, unresolvedAnswers['no document'], () => []),
};

function resolve(root: TrieNode, request: ResolvableRequest): Resolution {
  const path = readPath(request);
  if (path === null) return unresolvedAnswers['malformed request'];
  const method = readMethod(request);
  const { served, methods } = search(root, path, method);
  // Audit events show HEAD as get, list or watch, so only the sender can know.
  const maybeHead = method === getMethod && methods?.[headMethod] && !request.method && isResourcePath(path);
  if (served) return maybeHead ? served.ambiguousAnswer : served.answer;
  if (methods) return unresolvedAnswers[method === unknownMethod || maybeHead ? 'undecidable' : 'method not served'];
  return unresolvedAnswers[isApiPath(path) ? 'not in this release' : 'non-resource path'];
}
