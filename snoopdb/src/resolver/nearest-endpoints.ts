import { distance } from 'fastest-levenshtein';
import { httpMethods, isParameter, type ResolvableOperation } from './endpoint-trie.ts';
import { splitPath } from './path-segments.ts';

export interface NearEndpoint {
  endpoint: string;
  method: string;
  path: string;
}

/** Finds at most five endpoints near to a path (decoded segments) and a method (by number). */
export type NearestFinder = (segments: readonly string[], method: number) => NearEndpoint[];

interface Candidate {
  operation: ResolvableOperation;
  /** null: a parameter */
  segments: (string | null)[];
  /** The resource (`pods`): the literal after the last namespace or version. */
  resource: string | null;
}

const maxNearest = 5;
const maxSegments = 16;
const maxSegmentLength = 64;
const maxCachedAnswers = 200;
// Costs of differences. A missing or extra segment costs 1, as does a word without a common letter.
const parameterCost = 0.25;
const otherMethodCost = 0.4;
const deprecatedCost = 0.4;
/** Endpoints that cost more, relative to the longer path, are not near. */
const maxRelativeCost = 0.5;
/** For an endpoint whose resource is in the path. */
const sameResourceBonus = 0.6;

/**
 * Creates the finder for a document. A path is near if few changes make it: segments inserted, removed or replaced,
 * where a replaced word costs less the more similar it is. Equally near endpoints are ordered by the length of the
 * common beginning, then by path and method, so that the answer is stable.
 */
export function createNearestFinder(operations: readonly ResolvableOperation[]): NearestFinder {
  const candidates = operations.map((operation): Candidate => {
    const segments = splitPath(operation.path).map((segment) => (isParameter(segment) ? null : segment));
    return { operation, segments, resource: findResource(segments) };
  });
  // A log has the same few unknown paths many times.
  const answers = new Map<string, NearEndpoint[]>();
  return (all, method) => {
    const segments = all.slice(0, maxSegments).map((segment) => segment.slice(0, maxSegmentLength));
    const key = `${method} ${segments.join('/')}`;
    const known = answers.get(key);
    if (known) return known;
    const nearest = findNearest(candidates, segments, httpMethods[method] ?? null);
    if (answers.size >= maxCachedAnswers) answers.clear();
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
    if (method !== null && operation.method !== method) cost += otherMethodCost;
    if (operation.deprecated) cost += deprecatedCost;
    if (resource !== null && named.has(resource)) cost -= sameResourceBonus;
    return { operation, cost, length: candidate.segments.length, shared: countShared(candidate.segments, segments) };
  });
  // Skip paths that differ more than they agree.
  const near = rated.filter(({ cost, length }) => cost <= maxRelativeCost * Math.max(length, segments.length));
  near.sort(
    (a, b) =>
      a.cost - b.cost ||
      b.shared - a.shared ||
      compare(a.operation.path, b.operation.path) ||
      compare(a.operation.method, b.operation.method) ||
      compare(a.operation.endpoint, b.operation.endpoint),
  );
  return near.slice(0, maxNearest).map(({ operation: { endpoint, method, path } }) => ({ endpoint, method, path }));
}

function findResource(segments: readonly (string | null)[]): string | null {
  const afterVersion = segments[0] === 'api' ? 2 : segments[0] === 'apis' ? 3 : -1;
  if (afterVersion < 0) return null;
  const inNamespace = segments[afterVersion] === 'namespaces' && segments[afterVersion + 1] === null;
  return (inNamespace ? segments[afterVersion + 2] : null) ?? segments[afterVersion] ?? null;
}

type WordCost = (documented: string | null, asked: string) => number;

/** From 0 for the same word to 1 for one without a common letter; each pair is compared once. */
function createWordCost(): WordCost {
  const known = new Map<string, Map<string, number>>();
  return (documented, asked) => {
    if (documented === asked) return 0;
    if (documented === null) return asked === '' ? 1 : parameterCost;
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
