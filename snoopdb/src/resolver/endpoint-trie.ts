import type { Operation } from './openapi-document.ts';
import { maxPathSegments, splitPath } from './path-segments.ts';

export type ResolvableOperation = Pick<Operation, 'endpoint' | 'method' | 'path' | 'deprecated'>;

/**
 * The methods of OpenAPI documents, in the order of {@link ServedMethods}. Other methods come after them and are never
 * served.
 */
export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'] as const;
export const getMethod = httpMethods.indexOf('GET');
export const headMethod = httpMethods.indexOf('HEAD');
export const otherMethod = httpMethods.length;
/** The method is unknown; no path serves it. */
export const unknownMethod = httpMethods.length + 1;

/** An operation with its two possible answers, created once: answers are given by the million. */
export interface ServedOperation {
  operation: ResolvableOperation;
  answer: { endpoint: string };
  /** The answer if the event may have been a HEAD. */
  ambiguousAnswer: { endpoint: string; ambiguous: string };
}

/** The operations of one path, by number of the method. */
export type ServedMethods = (ServedOperation | null)[];

/** A node of the trie: what follows a common beginning of paths. */
export interface TrieNode {
  literals: Map<string, TrieNode>;
  /** After any segment that is not empty. */
  parameter: TrieNode | null;
  /** The name of that parameter in the document, with braces; the first one, if there are several. */
  parameterName: string;
  /** What is served if the path ends here. */
  methods: ServedMethods | null;
  /** What is served by a parameter that takes the rest of the path. */
  rest: ServedMethods | null;
}

const wholeParameter = /^\{[^{}]*\}$/;
// Documents call a parameter that takes the rest `path` (proxies) or `logpath` (/logs/).
const restParameter = /^\{[^{}]*path\}$/i;
const slash = 0x2f;

/**
 * Builds a trie of path segments. Of two operations with one path and method it uses the one that is not deprecated,
 * then the first.
 */
export function buildTrie(operations: Iterable<ResolvableOperation>): TrieNode {
  const root = createNode();
  for (const operation of operations) insert(root, operation);
  return root;
}

function createNode(): TrieNode {
  return { literals: new Map(), parameter: null, parameterName: '', methods: null, rest: null };
}

function insert(root: TrieNode, operation: ResolvableOperation): void {
  const segments = splitPath(operation.path);
  if (segments.length > maxPathSegments) return;
  let node = root;
  for (const [index, segment] of segments.entries()) {
    if (index === segments.length - 1 && isRestParameter(segment)) {
      node.rest ??= createMethods();
      addOperation(node.rest, operation);
      return;
    }
    node = isParameter(segment) ? stepIntoParameter(node, segment) : stepIntoLiteral(node, segment);
  }
  node.methods ??= createMethods();
  addOperation(node.methods, operation);
}

function stepIntoParameter(node: TrieNode, name: string): TrieNode {
  node.parameterName ||= name;
  node.parameter ??= createNode();
  return node.parameter;
}

function stepIntoLiteral(node: TrieNode, segment: string): TrieNode {
  const known = node.literals.get(segment);
  if (known) return known;
  const next = createNode();
  node.literals.set(segment, next);
  return next;
}

function createMethods(): ServedMethods {
  return [...httpMethods.map(() => null), null, null];
}

function addOperation(place: ServedMethods, operation: ResolvableOperation): void {
  const method = (httpMethods as readonly string[]).indexOf(operation.method);
  if (method < 0) return;
  const known = place[method];
  if (known && (operation.deprecated || !known.operation.deprecated)) return;
  const { endpoint } = operation;
  const answer = Object.freeze({ endpoint });
  place[method] = { operation, answer, ambiguousAnswer: Object.freeze({ endpoint, ambiguous: 'GET or HEAD' }) };
}

/** A search and its result. */
export interface Search {
  /** Decoded, without the query. */
  readonly path: string;
  /** End of the last segment. */
  readonly end: number;
  readonly method: number;
  /** The path that serves it; otherwise the first path that matches. */
  methods: ServedMethods | null;
  served: ServedOperation | null;
}

/** Finds the operation of a path and method. Slashes at either end of the path do not count. */
export function search(root: TrieNode, path: string, method: number): Search {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === slash) start += 1;
  while (end > start && path.charCodeAt(end - 1) === slash) end -= 1;
  const found: Search = { path, end, method, methods: null, served: null };
  found.served = findServed(root, start === end ? end + 1 : start, found);
  return found;
}

/**
 * Searches below a node: the literal first, then the parameter. Each node is visited at most once.
 * @param start of the next segment; beyond the end of the path if there is none
 */
function findServed(node: TrieNode, start: number, search: Search): ServedOperation | null {
  const { path, end } = search;
  if (start > end) return findMethod(node.methods, search);
  let stop = path.indexOf('/', start);
  if (stop < 0 || stop > end) stop = end;
  if (node.literals.size > 0) {
    const literal = node.literals.get(path.slice(start, stop));
    if (literal) {
      const served = findServed(literal, stop + 1, search);
      if (served) return served;
    }
  }
  if (node.parameter && stop > start) {
    const served = findServed(node.parameter, stop + 1, search);
    if (served) return served;
  }
  return node.rest ? findMethod(node.rest, search) : null;
}

function findMethod(place: ServedMethods | null, search: Search): ServedOperation | null {
  if (!place) return null;
  search.methods ??= place;
  const served = place[search.method] ?? null;
  if (served) search.methods = place;
  return served;
}

export function isParameter(segment: string): boolean {
  return wholeParameter.test(segment);
}

export function isRestParameter(segment: string): boolean {
  return restParameter.test(segment);
}
