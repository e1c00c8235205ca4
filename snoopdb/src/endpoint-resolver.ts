import type { Operation } from './openapi-document.ts';

/** Why a request has no endpoint, each with what it means. */
export const unresolvedReasons = {
  'malformed request': 'the event has no requestURI, or one that is no path',
  'no document': 'no OpenAPI document of the cluster and no baseline is loaded',
  'non-resource path': 'a path outside /api and /apis that the document does not have, such as /healthz',
  'not in this release': 'a path below /api or /apis that the document does not have',
  'method not served': 'the document has the path, but not with this method',
  undecidable: 'the document has the path, but the verb does not tell the HTTP method',
} as const;

export type UnresolvedReason = keyof typeof unresolvedReasons;

export type Resolution =
  | { endpoint: string /** What the event leaves open. */; ambiguous?: string }
  | { endpoint: null; reason: UnresolvedReason };

export interface ResolvableRequest {
  /** The audit verb. */
  verb: string;
  /** Path and query as in the audit event. */
  requestURI: string;
  /** The HTTP method, when the sender knows it: an audit event cannot tell HEAD from GET. */
  method?: string;
}

export interface EndpointResolver {
  /** Finds a request's endpoint, or says why there is none. Never throws. */
  resolve(request: ResolvableRequest): Resolution;
}

export type ResolvableOperation = Pick<Operation, 'endpoint' | 'method' | 'path' | 'deprecated'>;

interface Served {
  endpoint: string;
  deprecated: boolean;
}
type ServedMethods = Map<string, Served>;

interface Node {
  literals: Map<string, Node>;
  parameter: Node | null;
  /** What is served here. */
  methods: ServedMethods | null;
  /** What a parameter that takes the rest of the path serves below here. */
  rest: ServedMethods | null;
}

interface Search {
  segments: readonly string[];
  method: string | null;
  /** The first place the path led to, whatever it serves. */
  place: ServedMethods | null;
}

// Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go. A HEAD arrives as get, an OPTIONS
// on a resource with an empty verb; paths that are no resource carry the lower-case method.
const methodOfVerb: Record<string, string> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
  '': 'OPTIONS',
  head: 'HEAD',
  options: 'OPTIONS',
  post: 'POST',
  put: 'PUT',
};

const wholeParameter = /^\{[^{}]*\}$/;
// The documents name a parameter that takes the rest `path` (proxies) or `logpath` (/logs/).
const restParameter = /^\{[^{}]*path\}$/i;

/**
 * Builds a resolver from the operations of an OpenAPI document: a trie over path segments.
 * A literal goes before a parameter, and back to the parameter when the literal leads to nothing. Of two operations
 * with one path and method the one that is not deprecated counts, then the first.
 */
export function createEndpointResolver(operations: Iterable<ResolvableOperation>): EndpointResolver {
  const root = createNode();
  for (const operation of operations) insert(root, operation);
  return { resolve: (request) => resolve(root, request) };
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
  };
}

/** The resolver that has nothing to go by. */
export const ignorantResolver: EndpointResolver = {
  resolve: () => ({ endpoint: null, reason: 'no document' }),
};

function createNode(): Node {
  return { literals: new Map(), parameter: null, methods: null, rest: null };
}

function insert(root: Node, operation: ResolvableOperation): void {
  const segments = splitPath(operation.path);
  let node = root;
  for (const [index, segment] of segments.entries()) {
    if (index === segments.length - 1 && restParameter.test(segment)) {
      node.rest ??= new Map();
      serve(node.rest, operation);
      return;
    }
    if (wholeParameter.test(segment)) {
      node.parameter ??= createNode();
      node = node.parameter;
    } else {
      let next = node.literals.get(segment);
      if (!next) {
        next = createNode();
        node.literals.set(segment, next);
      }
      node = next;
    }
  }
  node.methods ??= new Map();
  serve(node.methods, operation);
}

function serve(methods: ServedMethods, operation: ResolvableOperation): void {
  const known = methods.get(operation.method);
  if (known && (operation.deprecated || !known.deprecated)) return;
  methods.set(operation.method, { endpoint: operation.endpoint, deprecated: operation.deprecated });
}

function resolve(root: Node, request: ResolvableRequest): Resolution {
  const { verb, requestURI } = request;
  // Events come from outside: what the types promise may be missing.
  if (typeof requestURI !== 'string' || !requestURI.startsWith('/')) {
    return { endpoint: null, reason: 'malformed request' };
  }
  const segments = splitPath(decodePath(cutQuery(requestURI)));
  const method = findMethod(verb, request.method);
  const search: Search = { segments, method, place: null };
  const served = findServed(root, 0, search);
  if (served) {
    const headToo = method === 'GET' && request.method === undefined && verb === 'get' && search.place?.has('HEAD');
    return headToo ? { endpoint: served.endpoint, ambiguous: 'GET or HEAD' } : { endpoint: served.endpoint };
  }
  if (search.place) return { endpoint: null, reason: method === null ? 'undecidable' : 'method not served' };
  const resource = segments[0] === 'api' || segments[0] === 'apis';
  return { endpoint: null, reason: resource ? 'not in this release' : 'non-resource path' };
}

function findMethod(verb: unknown, method: unknown): string | null {
  if (typeof method === 'string' && method !== '') return method.toUpperCase();
  if (typeof verb !== 'string') return null;
  const known = methodOfVerb[verb];
  return typeof known === 'string' ? known : null;
}

/**
 * Goes down the trie. Each node stands at one depth, so a lookup visits it once at most, whatever the path.
 * Leaves the place of the served operation (or the first place the path led to) in `search.place`.
 */
function findServed(node: Node, depth: number, search: Search): Served | null {
  const segment = search.segments[depth];
  if (segment === undefined) return take(node.methods, search);
  const literal = node.literals.get(segment);
  if (literal) {
    const served = findServed(literal, depth + 1, search);
    if (served) return served;
  }
  if (node.parameter && segment !== '') {
    const served = findServed(node.parameter, depth + 1, search);
    if (served) return served;
  }
  return node.rest ? take(node.rest, search) : null;
}

function take(methods: ServedMethods | null, search: Search): Served | null {
  if (!methods) return null;
  search.place ??= methods;
  const served = search.method === null ? undefined : methods.get(search.method);
  if (!served) return null;
  search.place = methods;
  return served;
}

function cutQuery(requestUri: string): string {
  const query = requestUri.indexOf('?');
  return query < 0 ? requestUri : requestUri.slice(0, query);
}

/**
 * Decodes percent escapes before the path is split, as the API server does: `%2F` separates. What is no escape stays
 * as it is.
 */
function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString());
}

/** Splits a path at its slashes; those at either end do not count. */
function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === 0x2f) start += 1;
  while (end > start && path.charCodeAt(end - 1) === 0x2f) end -= 1;
  return start === end ? [] : path.slice(start, end).split('/');
}
