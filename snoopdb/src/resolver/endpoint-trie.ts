import type { Operation } from './openapi-document.ts';
import { deepestPath, splitPath } from './path-segments.ts';

export type ResolvableOperation = Pick<Operation, 'endpoint' | 'method' | 'path' | 'deprecated'>;

/** The methods that documents know, in the order of a place's list; any other one stands beyond it and is never served. */
export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'] as const;
export const getMethod = httpMethods.indexOf('GET');
export const headMethod = httpMethods.indexOf('HEAD');
export const otherMethod = httpMethods.length;
/** For a request whose method nothing tells: no place serves it. */
export const unknownMethod = httpMethods.length + 1;

/** An operation, with the two answers it can be: made once, because answers are given by the million. */
export interface Served {
  operation: ResolvableOperation;
  answer: { endpoint: string };
  /** The answer when the event could have been a HEAD as well. */
  ambiguousAnswer: { endpoint: string; ambiguous: string };
}

/** What is served under one path of the document, by the number of the method. */
export type Place = (Served | null)[];

/** Paths that share a beginning share its nodes. A node stands behind one segment. */
export interface Node {
  literals: Map<string, Node>;
  /** Behind any one segment that is not empty. */
  parameter: Node | null;
  /** What the document calls that segment, braces included; the first name, where it has several. */
  parameterName: string;
  /** What is served when the path ends here. */
  place: Place | null;
  /** What a parameter that takes the rest of the path serves below here. */
  rest: Place | null;
}

const wholeParameter = /^\{[^{}]*\}$/;
// The documents name a parameter that takes the rest `path` (proxies) or `logpath` (/logs/).
const restParameter = /^\{[^{}]*path\}$/i;
const slash = 0x2f;

/**
 * Makes a trie over the segments of the operations' paths. Of two operations with one path and method the one that is
 * not deprecated counts, then the first.
 */
export function buildTrie(operations: Iterable<ResolvableOperation>): Node {
  const root = createNode();
  for (const operation of operations) insert(root, operation);
  return root;
}

function createNode(): Node {
  return { literals: new Map(), parameter: null, parameterName: '', place: null, rest: null };
}

function insert(root: Node, operation: ResolvableOperation): void {
  const segments = splitPath(operation.path);
  if (segments.length > deepestPath) return;
  let node = root;
  for (const [index, segment] of segments.entries()) {
    if (index === segments.length - 1 && isRestParameter(segment)) {
      node.rest ??= createPlace();
      serve(node.rest, operation);
      return;
    }
    node = isParameter(segment) ? stepIntoParameter(node, segment) : stepIntoLiteral(node, segment);
  }
  node.place ??= createPlace();
  serve(node.place, operation);
}

function stepIntoParameter(node: Node, name: string): Node {
  node.parameterName ||= name;
  node.parameter ??= createNode();
  return node.parameter;
}

function stepIntoLiteral(node: Node, segment: string): Node {
  const known = node.literals.get(segment);
  if (known) return known;
  const next = createNode();
  node.literals.set(segment, next);
  return next;
}

function createPlace(): Place {
  return [...httpMethods.map(() => null), null, null];
}

function serve(place: Place, operation: ResolvableOperation): void {
  const method = (httpMethods as readonly string[]).indexOf(operation.method);
  if (method < 0) return;
  const known = place[method];
  if (known && (operation.deprecated || !known.operation.deprecated)) return;
  const { endpoint } = operation;
  const answer = Object.freeze({ endpoint });
  place[method] = { operation, answer, ambiguousAnswer: Object.freeze({ endpoint, ambiguous: 'GET or HEAD' }) };
}

/** What is looked for, and where the path led. */
export interface Search {
  /** Decoded, without the query. */
  readonly path: string;
  /** Behind the last segment. */
  readonly end: number;
  /** Number of the method. */
  readonly method: number;
  /** Where it is served; when nowhere, the first place the path led to. */
  place: Place | null;
  served: Served | null;
}

/** Finds what serves a path. The slashes at either end of it do not count. */
export function search(root: Node, path: string, method: number): Search {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === slash) start += 1;
  while (end > start && path.charCodeAt(end - 1) === slash) end -= 1;
  const found: Search = { path, end, method, place: null, served: null };
  found.served = findServed(root, start === end ? end + 1 : start, found);
  return found;
}

/**
 * Goes down from a node: literal before parameter, and back to the parameter when the literal leads to nothing. A node
 * stands at one depth, so it is visited once at most, whatever the path.
 * @param start where the next segment begins; beyond the end of the path when there is none
 */
function findServed(node: Node, start: number, search: Search): Served | null {
  const { path, end } = search;
  if (start > end) return take(node.place, search);
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
  return node.rest ? take(node.rest, search) : null;
}

function take(place: Place | null, search: Search): Served | null {
  if (!place) return null;
  search.place ??= place;
  const served = place[search.method] ?? null;
  if (served) search.place = place;
  return served;
}

export function isParameter(segment: string): boolean {
  return wholeParameter.test(segment);
}

export function isRestParameter(segment: string): boolean {
  return restParameter.test(segment);
}
