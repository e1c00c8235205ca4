import {
  buildTrie,
  getMethod,
  headMethod,
  type Node,
  type ResolvableOperation,
  search,
  unknownMethod,
} from './endpoint-trie.ts';
import { explainRequest, type Explanation } from './explanation.ts';
import { createNearestFinder, type NearestFinder } from './nearest-endpoints.ts';
import { type Resolution, unresolved } from './resolution.ts';
import { isApiPath, isResourcePath, readMethod, readPath, type ResolvableRequest } from './resolvable-request.ts';

export interface EndpointResolver {
  /** Finds a request's endpoint, or says why there is none. Never throws. */
  resolve(request: ResolvableRequest): Resolution;
  /** How that is decided and, when there is none, which endpoints come nearest. For people: it takes its time. */
  explain(request: ResolvableRequest): Explanation;
}

/**
 * Builds a resolver from the operations of an OpenAPI document. Of two operations with one path and method the one that
 * is not deprecated counts, then the first.
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

/** A resolver that asks `second` where `first` knows no endpoint. */
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

/** The resolver that has nothing to go by. */
export const ignorantResolver: EndpointResolver = {
  resolve: () => unresolved['no document'],
  explain: (request) => explainRequest(emptyTrie, request, unresolved['no document'], () => []),
};

function resolve(root: Node, request: ResolvableRequest): Resolution {
  const path = readPath(request);
  if (path === null) return unresolved['malformed request'];
  const method = readMethod(request);
  const { served, place } = search(root, path, method);
  // Only the sender of a HEAD knows that it was none of the verbs that stand for GET.
  const maybeHead = method === getMethod && place?.[headMethod] && !request.method && isResourcePath(path);
  if (served) return maybeHead ? served.ambiguousAnswer : served.answer;
  if (place) return unresolved[method === unknownMethod || maybeHead ? 'undecidable' : 'method not served'];
  return unresolved[isApiPath(path) ? 'not in this release' : 'non-resource path'];
}
