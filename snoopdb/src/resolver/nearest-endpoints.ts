import { distance } from 'fastest-levenshtein';
import { httpMethods, isParameter, type ResolvableOperation } from './endpoint-trie.ts';
import { splitPath } from './path-segments.ts';

/** An endpoint that a request comes near to. */
export interface NearEndpoint {
  endpoint: string;
  method: string;
  path: string;
}

/** Finds the endpoints nearest to a path, by its decoded segments, and to the number of a method; at most five. */
export type NearestFinder = (segments: readonly string[], method: number) => NearEndpoint[];

interface Candidate {
  operation: ResolvableOperation;
  /** null: a parameter. */
  segments: (string | null)[];
  /** The word for what it works on (`pods`): the literal behind the last namespace or version. */
  resource: string | null;
}

const most = 5;
const longestPath = 16;
const longestSegment = 64;
const remembered = 200;
// What a difference costs. A segment that is missing or too many costs 1, as does a word that shares no letter.
const parameterForWord = 0.25;
const otherMethod = 0.4;
const deprecated = 0.4;
/** An endpoint is near when no more than this share of the longer path has to be changed. */
const farthest = 0.5;
/** Won by an endpoint that works on a resource that the path names. */
const sameResource = 0.6;

/**
 * Makes the finder of a document. Near are paths that need few changes: segments put in, left out or exchanged, where an
 * exchanged word costs less the more alike the two are. Of equally near ones come first those that begin alike, then by
 * path and method, so that the answer is always the same.
 */
export function createNearestFinder(operations: readonly ResolvableOperation[]): NearestFinder {
  const candidates = operations.map((operation): Candidate => {
    const segments = splitPath(operation.path).map((segment) => (isParameter(segment) ? null : segment));
    return { operation, segments, resource: findResource(segments) };
  });
  // A log asks for the same few unknown paths again and again.
  const answers = new Map<string, NearEndpoint[]>();
  return (all, method) => {
    const segments = all.slice(0, longestPath).map((segment) => segment.slice(0, longestSegment));
    const key = `${method} ${segments.join('/')}`;
    const known = answers.get(key);
    if (known) return known;
    const nearest = findNearest(candidates, segments, httpMethods[method] ?? null);
    if (answers.size >= remembered) answers.clear();
    answers.set(key, nearest);
    return nearest;
  };
}

function findNearest(candidates: readonly Candidate[], segments: string[], method: string | null): NearEndpoint[] {
  const costOfWord = createWordCost();
  const named = new Set(segments);
  const rated = candidates.map((candidate) => {
    const { operation, resource } = candidate;
    let cost = measureDistance(candidate.segments, segments, costOfWord);
    if (method !== null && operation.method !== method) cost += otherMethod;
    if (operation.deprecated) cost += deprecated;
    if (resource !== null && named.has(resource)) cost -= sameResource;
    return { operation, cost, length: candidate.segments.length, shared: countShared(candidate.segments, segments) };
  });
  // Leave out paths that would need more changes than they share.
  const near = rated.filter(({ cost, length }) => cost <= farthest * Math.max(length, segments.length));
  near.sort(
    (a, b) =>
      a.cost - b.cost ||
      b.shared - a.shared ||
      compare(a.operation.path, b.operation.path) ||
      compare(a.operation.method, b.operation.method) ||
      compare(a.operation.endpoint, b.operation.endpoint),
  );
  return near.slice(0, most).map(({ operation: { endpoint, method, path } }) => ({ endpoint, method, path }));
}

function findResource(segments: readonly (string | null)[]): string | null {
  const afterVersion = segments[0] === 'api' ? 2 : segments[0] === 'apis' ? 3 : -1;
  if (afterVersion < 0) return null;
  const inNamespace = segments[afterVersion] === 'namespaces' && segments[afterVersion + 1] === null;
  return (inNamespace ? segments[afterVersion + 2] : null) ?? segments[afterVersion] ?? null;
}

type WordCost = (documented: string | null, asked: string) => number;

/** 0 for the same word, 1 for one that shares no letter with it; each pair is compared once. */
function createWordCost(): WordCost {
  const known = new Map<string, Map<string, number>>();
  return (documented, asked) => {
    if (documented === asked) return 0;
    if (documented === null) return asked === '' ? 1 : parameterForWord;
    let costs = known.get(asked);
    if (!costs) {
      costs = new Map();
      known.set(asked, costs);
    }
    let cost = costs.get(documented);
    if (cost === undefined) {
      cost = distance(documented, asked) / Math.max(documented.length, asked.length);
      costs.set(documented, cost);
    }
    return cost;
  };
}

/** The edit distance of two paths, segment by segment. */
function measureDistance(documented: Candidate['segments'], asked: readonly string[], costOfWord: WordCost): number {
  let above = Array.from({ length: asked.length + 1 }, (_, column) => column);
  for (const [row, word] of documented.entries()) {
    const costs = [row + 1];
    for (const [column, segment] of asked.entries()) {
      const exchanged = (above[column] ?? 0) + costOfWord(word, segment);
      costs.push(Math.min(exchanged, (above[column + 1] ?? 0) + 1, (costs[column] ?? 0) + 1));
    }
    above = costs;
  }
  return above[asked.length] ?? 0;
}

function countShared(documented: Candidate['segments'], asked: readonly string[]): number {
  const different = documented.findIndex((word, index) => word !== asked[index] && (word !== null || !asked[index]));
  return different < 0 ? documented.length : different;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
